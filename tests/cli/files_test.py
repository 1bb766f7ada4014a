"""What the program does with files, folders and streams that are not as one would wish."""

import os
import pathlib
import stat
import struct
import subprocess
import tempfile
import unittest

from support import PROGRAM, SMALL_NET, CliTest, write_idx

GRAPH = 'graph {\n  %0 = input "x" : f32[3]\n  output "y" %0\n}\n'
SHORT = ["--steps", "1", "--sample_interval", "0"]


def modes(folder):
    return {path.relative_to(folder): stat.S_IMODE(path.lstat().st_mode) for path in folder.rglob("*") if not path.is_symlink()}


class Files(CliTest):
    def run_as(self, *arguments, umask=0o022, cache=None, user=None):
        environment = dict(self.environment)
        if cache:
            environment["XDG_CACHE_HOME"] = str(cache)

        def become():
            os.umask(umask)
            if user:
                os.setuid(user)

        return subprocess.run([PROGRAM, *map(str, arguments)], env=environment, cwd=self.folder, capture_output=True, text=True, preexec_fn=become)

    def small_run(self, name, **how):
        return self.run_as("train", *SMALL_NET, "--data", self.data, "--out", self.folder / name, *SHORT, **how)

    def test_any_umask_gives_the_same_cache_and_usual_files(self):
        for umask in (0o000, 0o002, 0o022, 0o077):
            cache = self.folder / f"cache{umask:o}"
            for turn in range(3):
                done = self.small_run(f"umask{umask:o}_{turn}", umask=umask, cache=cache)
                self.assertEqual((done.returncode, done.stderr.count("warning")), (0, 0), done.stderr)
            for path, mode in modes(cache).items():
                self.assertEqual(mode, 0o700 if (cache / path).is_dir() else 0o600, path)
            self.assertEqual(stat.S_IMODE((cache / "cgan_jit").stat().st_mode), 0o700)
            run = self.folder / f"umask{umask:o}_0"
            for path, mode in modes(run).items():
                self.assertEqual(mode, (0o777 if (run / path).is_dir() else 0o666) & ~umask, path)

    def test_a_cache_that_cannot_be_trusted_is_one_warning(self):
        cache = self.folder / "spoilt"
        self.assertEqual(self.small_run("spoilt0", cache=cache).returncode, 0)
        own = cache / "cgan_jit"
        spoilers = {"writable": lambda: own.chmod(0o770)}
        if os.geteuid() == 0:
            spoilers["foreign"] = lambda: (own.chmod(0o700), os.chown(own, 65534, 65534))
        for name, spoil in spoilers.items():
            with self.subTest(name):
                spoil()
                before = modes(own)
                done = self.small_run(name, cache=cache)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stderr.count("warning"), 1, done.stderr)
                self.assertIn(" 0 of them cached", done.stdout)
                self.assertEqual(modes(own), before)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, who can act as two users")
    def test_nothing_of_another_users_is_run(self):
        with tempfile.TemporaryDirectory(prefix="cgan_jit_test_", dir=self.folder) as shared:
            shared = pathlib.Path(shared)
            shared.chmod(0o777)
            self.folder.chmod(0o755)
            own, theirs = shared / "own", shared / "theirs"
            self.assertEqual(self.small_run("two0", cache=own).returncode, 0)
            objects = own / "cgan_jit"
            self.assertEqual(self.run_as("opt", "--run", "--cache-dir", theirs, self.graph(), user=65534).returncode, 0)
            self.assertEqual(theirs.stat().st_uid, 65534)
            for path in objects.iterdir():
                if path.is_file():
                    os.chown(path, 65534, 65534)
            done = self.small_run("two1", cache=own)
            self.assertEqual((done.returncode, done.stderr.count("warning")), (0, 1), done.stderr)
            self.assertIn(" 0 of them cached", done.stdout)
            self.assertEqual({path.stat().st_uid for path in objects.iterdir()}, {0})

    def graph(self):
        file = self.folder / "graph.ir"
        file.write_text(GRAPH)
        return file

    def test_a_full_disk_behind_standard_output_is_a_failure(self):
        for arguments in (["opt", self.graph()], ["--help"], ["bench", "--gflop", *SMALL_NET], ["opt", "--run", self.graph()]):
            with open("/dev/full", "w") as full:
                done = subprocess.run([PROGRAM, *map(str, arguments)], env=self.environment, stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 1, arguments)
            self.assertIn("No space left on device", done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_a_picture_goes_where_it_is_told(self):
        run = self.train("pictured", *SHORT)
        sample = ["sample", "--run", run, "--digits", "1", "--out"]
        self.succeed(*sample, "plain.png")
        plain = (self.folder / "plain.png").read_bytes()
        null = os.stat("/dev/null")
        self.succeed(*sample, "/dev/null")
        self.assertEqual((os.stat("/dev/null").st_mode, os.stat("/dev/null").st_rdev), (null.st_mode, null.st_rdev))
        (self.folder / "link.png").symlink_to("target.png")
        (self.folder / "target.png").write_text("old")
        self.succeed(*sample, "link.png")
        self.assertTrue((self.folder / "link.png").is_symlink())
        self.assertEqual((self.folder / "target.png").read_bytes(), plain)
        piped = subprocess.run([PROGRAM, *map(str, sample), "/dev/stdout"], env=self.environment, cwd=self.folder, stdout=subprocess.PIPE)
        self.assertTrue(piped.stdout.startswith(plain))
        self.assertEqual(piped.returncode, 0)

    def test_a_name_that_is_no_utf8_is_refused_at_once(self):
        name = os.fsencode(self.folder) + b"/data\xff"
        write_idx(pathlib.Path(os.fsdecode(name)))
        done = subprocess.run([PROGRAM, "train", *SMALL_NET, "--data", name, "--out", "never"], env=self.environment, cwd=self.folder, capture_output=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"no UTF-8", done.stderr)
        self.assertIn(rb"data\xff", done.stderr)
        self.assertEqual(done.stdout, b"")

    def test_huge_pictures_are_refused_at_once(self):
        data = self.folder / "huge"
        write_idx(data, pictures=1)
        with open(data / "train-images-idx3-ubyte", "wb") as file:
            file.write(struct.pack(">4i", 2051, 1, 16384, 16384))
            file.truncate(16 + 16384**2)
        self.refuse("train", "--data", data, "--out", self.folder / "huge_run", *SMALL_NET, because="16384 x 16384")

    def test_data_replaced_in_the_same_second_are_read_again(self):
        """Files of equal names, sizes and times: a run's losses are those of a run that has no cache."""
        data = self.folder / "replaced"
        seen = set()
        for seed in (1, 2):
            write_idx(data, pictures=16, seed=seed)
            for file in data.iterdir():
                os.utime(file, (1000, 1000))
            losses = []
            for name, options in (("cached", []), ("fresh", ["--no-cache"])):
                run = self.folder / f"{name}{seed}"
                self.succeed("train", *SMALL_NET, "--data", data, "--out", run, *SHORT, *options)
                losses.append((run / "losses.csv").read_text())
            self.assertEqual(*losses)
            seen.add(losses[0])
        self.assertEqual(len(seen), 2)

    def test_messages_do_not_carry_what_files_hold(self):
        hostile = "\\u001b]0;x\\u0007" + "A" * 1_000_000
        config = self.folder / "hostile.json"
        for text in ('{"%s": 1}' % hostile, '{"lr": "%s"}' % hostile, '{"gen_labels": "%s"}' % hostile, '{"%s": []}' % hostile):
            config.write_text(text)
            self.expect_short("train", "--config", config)
        checkpoint = self.folder / "hostile.safetensors"
        ones = ",".join(["1"] * 200_000)
        for header in ('{"%s": null}' % hostile, '{"%s": {"dtype": "%s"}}' % (hostile, hostile), '{"a": {"dtype": "F32", "shape": [%s], "data_offsets": [0, 5]}}' % ones):
            raw = header.encode()
            checkpoint.write_bytes(struct.pack("<q", len(raw)) + raw)
            self.expect_short("sample", "--checkpoint", checkpoint)

    def expect_short(self, *arguments):
        done = self.run_program(*arguments)
        self.assertEqual(done.returncode, 2, done.errors[:500])
        self.assertLess(len(done.errors), 600)
        self.assertNotRegex(done.errors.rstrip("\n"), r"[\x00-\x1f\x7f]")


if __name__ == "__main__":
    unittest.main()
