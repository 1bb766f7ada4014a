"""opt, dumps, profile and bench."""

import json
import re
import unittest

from support import SMALL_NET, SOURCE_DIR, CliTest

PRODUCT = SOURCE_DIR / "tests/passes/golden/contract/matmul_is_a_contraction.ir"
STEP = ["--steps", "3", "--sample_interval", "0"]


def first_graph():
    """The input of a golden case."""
    return PRODUCT.read_text().split("# ----")[0]


class Opt(CliTest):
    def test_runs_passes_in_order(self):
        output = self.succeed("opt", "--passes", "simplify,contract", "-", text=first_graph())
        self.assertIn("= contract ", output)
        self.assertNotIn("= reduce ", output)

    def test_file_may_follow_any_option(self):
        file = self.folder / "product.ir"
        file.write_text(first_graph())
        self.assertIn("= contract ", self.succeed("opt", "--disable-pass", "fuse", "--passes", "simplify,contract", file))

    def test_output_is_input(self):
        once = self.succeed("opt", "-", text=first_graph())
        self.assertEqual(self.succeed("opt", "-", text=once), once)

    def test_machine_code_equals_interpreter(self):
        for passes in ["simplify", "simplify,contract,stack,layout"]:
            for cpu in ["native", "x86-64-v3"]:
                output = self.succeed("opt", "--passes", passes, "--verify", "--interpret", "--run", "--target", cpu, "-", text=first_graph())
                self.assertIn("# verified", output)
                self.assertIn("# y : f32[3,4] =", output)
                self.assertIn("bit equal to the interpreter", output)

    def test_later_passes_print_kernels(self):
        self.assertIn("kernel 0", self.succeed("opt", "--passes", "simplify,contract,layout,fuse", "-", text=first_graph()))
        self.refuse("opt", "--passes", "fuse,simplify", "-", because="simplify", text=first_graph())

    def test_wrong_text_is_refused_with_its_line(self):
        self.refuse("opt", "-", because="<stdin>:2:", text='graph {\n  %0 = inptu "x" : f32[3]\n}\n')
        self.refuse("opt", self.folder / "none.ir", because="none.ir")
        self.refuse("opt", "--passes", "simplfy", "-", because="simplfy", text=first_graph())


class Inside(CliTest):
    def test_dump(self):
        dump = self.folder / "dump"
        self.train("dumped", *STEP, "--dump-ir", dump)
        names = {path.name for path in dump.iterdir()}
        for name in ["00_built.ir", "02_simplify.ir", "03_contract.ir", "04_distribute.ir", "05_stack.ir", "06_layout.ir", "09_storage.txt", "plan.txt", "tiles.txt", "graph.dot"]:
            self.assertIn(name, names)
        kernels = list((dump / "kernels").iterdir())
        kinds = {kind: sorted(k.stem for k in kernels if k.suffix == kind) for kind in [".txt", ".loops", ".ll", ".s"]}
        self.assertTrue(kinds[".txt"])
        for kind in kinds:
            self.assertEqual(kinds[kind], kinds[".txt"], kind)
        for graph in ["00_built.ir", "03_contract.ir"]:
            text = (dump / graph).read_text()
            self.assertEqual(self.succeed("opt", dump / graph), text)

    def test_dump_to_the_terminal_and_times(self):
        output = self.succeed("train", *SMALL_NET, "--data", self.data, "--out", self.folder / "shown", *STEP, "--time-passes", "--dump-ir")
        self.assertIn("---- 02_simplify.ir", output)
        self.assertRegex(output, r"simplify +\d+\.\d\d ms")

    def test_stop_after(self):
        output = self.succeed("train", *SMALL_NET, "--data", self.data, "--out", self.folder / "never", "--stop-after", "contract")
        self.assertIn(" = contract ", output)
        self.assertFalse((self.folder / "never").exists())
        self.refuse("train", *SMALL_NET, "--data", self.data, "--stop-after", "magic", because="magic")

    def test_profile(self):
        run = self.folder / "profiled"
        output = self.succeed("train", *SMALL_NET, "--data", self.data, "--out", run, *STEP, "--threads", "2", "--profile")
        gflops, *levels = re.search("peaks: (.*)", output)[1].split(", ")
        names, rates = zip(*[(name, float(rate)) for name, rate, _ in map(str.split, levels)])
        self.assertGreater(float(gflops.split()[0]), 0)
        self.assertGreater(min(rates), 0)
        self.assertEqual(names[-1], "memory")
        self.assertEqual(list(rates), sorted(rates, reverse=True), "nearer levels are no slower")
        events = json.loads((run / "trace.json").read_text())["traceEvents"]
        self.assertEqual({event["tid"] for event in events}, {0, 1})
        self.assertIn("barrier", {event["name"] for event in events})
        for thread in (0, 1):
            spans = sorted((e["ts"], e["ts"] + e["dur"]) for e in events if e["tid"] == thread)
            for before, after in zip(spans, spans[1:]):
                self.assertLessEqual(before[1], after[0] + 1e-3)


class Bench(CliTest):
    QUICK = [*SMALL_NET, "--rounds", "2", "--turn", "1"]

    def test_json(self):
        result = json.loads(self.succeed("bench", *self.QUICK, "--data", self.data, "--json", "--threads", "2"))
        keys = "step_ms unfused_step_ms unfused_adam1_step_ms fusion_speedup fusion_speedup_adam1 peak_gflops gflop x_floor threads cpu"
        self.assertEqual(set(keys.split()) - set(result), set())
        fused, unfused, adam1 = result["arms"]
        self.assertLess(fused["kernels"], adam1["kernels"])
        self.assertLess(adam1["kernels"], unfused["kernels"])
        self.assertEqual(result["threads"], 2)

    def test_tables(self):
        self.assertIn("fusion on against off", self.succeed("bench", *self.QUICK, "--data", self.data))
        ladder = self.succeed("bench", *self.QUICK, "--data", self.data, "--ladder")
        self.assertIn("without simplify", ladder)
        self.assertIn("without fuse-optimiser", ladder)

    def test_scaling_has_a_line_for_each_number_of_threads(self):
        result = json.loads(self.succeed("bench", *self.QUICK, "--data", self.data, "--scaling", "--threads", "3", "--json"))
        self.assertEqual([crew["threads"] for crew in result["crews"]], [1, 2, 3])
        for crew in result["crews"]:
            self.assertAlmostEqual(crew["share"], crew["times_faster"] / crew["peak_rises_by"])

    def test_depths_have_a_time_for_each_pass(self):
        result = json.loads(self.succeed("bench", "--depths", "100", "--json"))
        self.assertEqual(list(result), ["rnn", "lstm", "residual_mlp"])
        for net in result.values():
            self.assertEqual(list(net), ["50", "100"])
            for times in net.values():
                self.assertEqual(list(times), "empties simplify contract distribute stack layout shallow fuse storage schedule lower plan code all".split())
                self.assertAlmostEqual(times.pop("all"), sum(times.values()))
        self.assertIn("lower", self.succeed("bench", "--depths", "50"))
        self.refuse("bench", "--depths", "10", because="depths")

    def test_models(self):
        result = json.loads(self.succeed("bench", "--model", "vae,infogan", "--rounds", "1", "--turn", "0", "--json"))
        self.assertEqual([(arm["name"], arm["batch_size"]) for arm in result["arms"]], [("vae", 128), ("infogan", 64)])
        for arm in result["arms"]:
            self.assertGreater(arm["step_ms"], 0)
            self.assertGreater(arm["compile_seconds"], 0)
        products = 2 * 784 * 400 + 3 * (2 * 400 * 20 + 20 * 400 + 400 * 784)
        self.assertAlmostEqual(result["arms"][0]["gflop"], 2e-9 * 128 * products)
        self.refuse("bench", "--model", "vae,infogun", because="infogun")
        self.refuse("bench", "--model", "vae,infogan", "--serve", because="model: vae,infogan: one at a time")

    def test_serves(self):
        served = self.succeed("bench", *SMALL_NET, "--data", self.data, "--serve", text="3\n5\n").split()
        self.assertEqual(served[0], "ready")
        self.assertEqual(len([float(word) for word in served[1:] if float(word) > 0]), 2)
        served = self.succeed("bench", "--model", "classifier", "--data", self.data, "--serve", text="1\n").split()
        self.assertEqual(len(served), 2)
        products = 3 * (784 * 1000 + 1000 * 1000 + 1000 * 10) - 784 * 1000
        self.assertAlmostEqual(float(self.succeed("bench", "--model", "classifier", "--gflop")), 2e-9 * 64 * products)
        served = self.succeed("bench", "--model", "wgan_gp", "--serve", text="1\n").split()
        self.assertEqual(len(served), 2)
        probed = self.succeed("bench", "--probe", text="\n").split()
        self.assertEqual(probed[0], "ready")
        self.assertGreater(float(probed[1]), 1)


if __name__ == "__main__":
    unittest.main()
