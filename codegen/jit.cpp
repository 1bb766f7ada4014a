#include "codegen/jit.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/Config/llvm-config.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Object/SymbolSize.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/SHA256.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <thread>

#include "codegen/emit.h"
#include "codegen/object_cache.h"
#include "codegen/perf_map.h"
#include "ir/error.h"

namespace cgan_jit {

namespace {

constexpr uint64_t cache_limit_bytes = uint64_t{256} << 20;

template <typename T>
T unwrap(llvm::Expected<T> expected) {
  if (!expected) throw InternalError("internal error: LLVM: " + llvm::toString(expected.takeError()));
  return std::move(*expected);
}

void unwrap(llvm::Error error) {
  if (error) throw InternalError("internal error: LLVM: " + llvm::toString(std::move(error)));
}

/// Turns one of LLVM's own switches on, for the process: they have no other reach. One that somebody has set
/// already stays as it is.
void turn_on(const char* name) {
  auto& switches = llvm::cl::getRegisteredOptions();
  const auto found = switches.find(name);
  check(found != switches.end(), "LLVM has no switch {}", name);
  if (found->second->getNumOccurrences() == 0) found->second->addOccurrence(0, name, "true");
}

/// Loop strength reduction finds nothing to gain, since addresses are made loop by loop (addresses.h), and
/// takes a fifth of the time.
void initialize_llvm() {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    turn_on("disable-lsr");
  });
}

std::unique_ptr<llvm::TargetMachine> machine_for(const Target& target) {
  initialize_llvm();
  const std::string triple = llvm::sys::getProcessTriple();
  std::string error;
  const llvm::Target* found = llvm::TargetRegistry::lookupTarget(triple, error);
  check(found != nullptr, "LLVM: {}", error);
  std::unique_ptr<llvm::TargetMachine> machine(
      found->createTargetMachine(triple, target.cpu, target.features, llvm::TargetOptions(),
                                 llvm::Reloc::PIC_, llvm::CodeModel::Small, llvm::CodeGenOptLevel::Default));
  check(machine != nullptr, "LLVM makes no code for {} {}", triple, target.cpu);
  return machine;
}

std::unique_ptr<llvm::Module> module_of(llvm::LLVMContext& context, const loop::Kernel& kernel,
                                        const Target& target, const llvm::TargetMachine& machine,
                                        const std::string& name) {
  auto module = std::make_unique<llvm::Module>("kernels", context);
  module->setTargetTriple(machine.getTargetTriple().str());
  module->setDataLayout(machine.createDataLayout());
  emit(*module, kernel, target, name);
  return module;
}

std::string generate(llvm::TargetMachine& machine, const Target& target, const loop::Kernel& kernel,
                     const std::string& name, llvm::CodeGenFileType type) {
  llvm::LLVMContext context;
  const auto module = module_of(context, kernel, target, machine, name);
  llvm::SmallString<0> bytes;
  llvm::raw_svector_ostream out(bytes);
  llvm::legacy::PassManager passes;
  check(!machine.addPassesToEmitFile(passes, out, nullptr, type, /*DisableVerify=*/true),
        "LLVM writes no such file");
  passes.run(*module);
  return std::string(bytes);
}

std::string hash_of(const std::string& text) {
  const auto digest = llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return llvm::toHex(digest, /*LowerCase=*/true);
}

/// All that the machine code depends on. CGAN_JIT_CODEGEN is a hash of this room's source text.
std::string key_of(const std::string& loop_text, const Target& target) {
  return hash_of(fmt::format("{}\n{} {} {}\n{} {}\n{}", target.cpu, target.features, target.vector_floats,
                             LLVM_VERSION_STRING, CGAN_JIT_CODEGEN, sizeof(void*), loop_text));
}

std::string symbol_of(const std::string& key) { return "kernel_" + key.substr(0, 32); }

/// A kernel on its way to code.
struct Job {
  const loop::Kernel* kernel = nullptr;
  std::string key;
  std::string name;
  std::string text;
  std::string object;
};

/// Compiles every job, the longest first. Each thread has a target machine of its own.
void compile_all(std::vector<Job*> jobs, const Target& target, int threads) {
  std::sort(jobs.begin(), jobs.end(),
            [](const Job* a, const Job* b) { return a->text.size() > b->text.size(); });
  std::atomic<size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  const auto work = [&] {
    try {
      const auto machine = machine_for(target);
      for (size_t i = next++; i < jobs.size(); i = next++)
        jobs[i]->object = generate(*machine, target, *jobs[i]->kernel, symbol_of(jobs[i]->key),
                                   llvm::CodeGenFileType::ObjectFile);
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      failure = std::current_exception();
      next = jobs.size();
    }
  };
  const size_t wanted = std::min(jobs.size(), static_cast<size_t>(std::max(threads, 1)));
  std::vector<std::thread> helpers;
  helpers.reserve(wanted);
  try {
    while (helpers.size() + 1 < wanted) helpers.emplace_back(work);
  } catch (const std::exception&) {
    // The system starts no more threads: those that run compile.
  }
  work();
  for (std::thread& helper : helpers) helper.join();
  if (failure) std::rethrow_exception(failure);
}

std::unique_ptr<llvm::orc::LLJIT> linker_for(const Target& target) {
  initialize_llvm();
  llvm::orc::JITTargetMachineBuilder machine{llvm::Triple(llvm::sys::getProcessTriple())};
  machine.setCPU(target.cpu);
  llvm::orc::LLJITBuilder builder;
  builder.setJITTargetMachineBuilder(std::move(machine))
      .setPlatformSetUp(llvm::orc::setUpInactivePlatform)
      .setLinkProcessSymbolsByDefault(false);
  return unwrap(builder.create());
}

/// Bytes of the job's function.
uint64_t code_size(const Job& job) {
  const auto object =
      unwrap(llvm::object::ObjectFile::createObjectFile(llvm::MemoryBufferRef(job.object, job.key)));
  for (const auto& [symbol, size] : llvm::object::computeSymbolSizes(*object)) {
    if (unwrap(symbol.getName()) == symbol_of(job.key)) return size;
  }
  throw InternalError("internal error: an object without its kernel");
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

Target host_target() {
  const auto features = llvm::sys::getHostCPUFeatures();
  std::vector<std::string> names;
  for (const auto& feature : features) names.push_back((feature.second ? "+" : "-") + feature.first().str());
  std::sort(names.begin(), names.end());
  Target target = target_named(host_can_run("x86-64-v4") ? "x86-64-v4" : "x86-64-v3");
  target.cpu = llvm::sys::getHostCPUName().str();
  target.features = fmt::format("{}", fmt::join(names, ","));
  return target;
}

struct Jit::Impl {
  Target target;
  JitOptions options;
  ObjectCache cache;
  JitStats stats;
  std::unique_ptr<llvm::orc::LLJIT> linker;
  std::map<std::string, KernelFn> linked;  // by key
  std::optional<PerfMap> perf_map;

  std::vector<Job> new_jobs(std::span<const loop::Kernel> kernels, std::span<const std::string> names,
                            std::vector<std::string>& keys) const;
  void link(const std::vector<Job>& jobs);
};

/// The distinct kernels that have no code yet; `keys` gets every kernel's.
std::vector<Job> Jit::Impl::new_jobs(std::span<const loop::Kernel> kernels,
                                     std::span<const std::string> names,
                                     std::vector<std::string>& keys) const {
  check(names.empty() || names.size() == kernels.size(), "{} names for {} kernels", names.size(),
        kernels.size());
  std::map<std::string, Job> jobs;
  for (size_t i = 0; i < kernels.size(); ++i) {
    std::string text = loop::print(kernels[i]);
    const std::string& key = keys.emplace_back(key_of(text, target));
    if (linked.contains(key)) continue;
    jobs.try_emplace(key,
                     Job{&kernels[i], key, names.empty() ? symbol_of(key) : names[i], std::move(text), ""});
  }
  std::vector<Job> result;
  for (auto& [key, job] : jobs) result.push_back(std::move(job));
  return result;
}

void Jit::Impl::link(const std::vector<Job>& jobs) {
  if (jobs.empty()) return;
  if (!linker) linker = linker_for(target);
  llvm::orc::SymbolLookupSet symbols;
  for (const Job& job : jobs) {
    unwrap(linker->addObjectFile(
        llvm::MemoryBuffer::getMemBuffer(job.object, job.key, /*RequiresNullTerminator=*/false)));
    symbols.add(linker->mangleAndIntern(symbol_of(job.key)));
  }
  auto& session = linker->getExecutionSession();
  const auto found = unwrap(session.lookup(
      {{&linker->getMainJITDylib(), llvm::orc::JITDylibLookupFlags::MatchAllSymbols}}, symbols));
  for (const Job& job : jobs) {
    const llvm::orc::ExecutorAddr code = found.at(linker->mangleAndIntern(symbol_of(job.key))).getAddress();
    linked[job.key] = code.toPtr<KernelFn>();
    if (perf_map) perf_map->add(code.toPtr<const void*>(), code_size(job), job.name);
  }
}

Jit::Jit(Target target, JitOptions options)
    : impl_(new Impl{std::move(target), options, ObjectCache(options.cache_dir), {}, {}, {}, {}}) {
  if (options.perf_map) impl_->perf_map.emplace();
}
Jit::~Jit() = default;
Jit::Jit(Jit&&) noexcept = default;

std::vector<KernelFn> Jit::compile(std::span<const loop::Kernel> kernels,
                                   std::span<const std::string> names) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::string> keys;
  std::vector<Job> jobs = impl_->new_jobs(kernels, names, keys);
  std::vector<Job*> missing;
  for (Job& job : jobs) {
    if (auto object = impl_->cache.load(job.key))
      job.object = std::move(*object);
    else
      missing.push_back(&job);
  }
  compile_all(missing, impl_->target, impl_->options.threads);
  for (const Job* job : missing) impl_->cache.store(job->key, job->object);
  if (!missing.empty()) impl_->cache.prune(cache_limit_bytes);
  impl_->link(jobs);

  std::vector<KernelFn> functions;
  for (const std::string& key : keys) functions.push_back(impl_->linked.at(key));
  JitStats& stats = impl_->stats;
  stats.kernels += static_cast<int>(kernels.size());
  stats.distinct = static_cast<int>(impl_->linked.size());
  stats.compiled += static_cast<int>(missing.size());
  stats.from_cache += static_cast<int>(jobs.size() - missing.size());
  stats.seconds += seconds_since(start);
  return functions;
}

const Target& Jit::target() const { return impl_->target; }
JitStats Jit::stats() const { return impl_->stats; }

std::string llvm_ir(const loop::Kernel& kernel, const Target& target) {
  llvm::LLVMContext context;
  const auto module = module_of(context, kernel, target, *machine_for(target), "kernel");
  std::string text;
  llvm::raw_string_ostream out(text);
  check(!llvm::verifyModule(*module, &out), "LLVM refuses the kernel's code: {}", text);
  module->print(out, nullptr);
  return text;
}

std::string assembly(const loop::Kernel& kernel, const Target& target) {
  return generate(*machine_for(target), target, kernel, "kernel", llvm::CodeGenFileType::AssemblyFile);
}

std::string llvm_version() { return LLVM_VERSION_STRING; }

}  // namespace cgan_jit
