"""Wrong usage and wrong data end with one clear line and exit code 2."""

import json
import unittest

from support import SMALL_NET, CliTest, write_idx


class Usage(CliTest):
    def test_help_names_every_hyper_parameter_with_its_default(self):
        text = self.succeed("train", "--help")
        defaults = "n_classes INT=100, latent_dim INT=100, img_size INT=32, channels INT=1, b1 REAL=0.5, b2 REAL=0.999, lr REAL=0.0002"
        more = "batch_size INT=64, n_epochs INT=50, n_cpu INT=0, sample_interval INT=1000, dropout REAL=0.4, relu REAL=0.2, test_interval INT=-1"
        flat = " ".join(text.split())
        for entry in f"{defaults}, {more}".split(", "):
            name, default = entry.split(" ", 1)
            self.assertIn(f"--{name}", flat)
            self.assertIn(default, flat)
        self.assertIn("8 loader threads have no counterpart", flat)

    def test_version_says_what_a_report_needs(self):
        self.assertRegex(self.succeed("--version"), r"^cgan_jit \d+\.\d+\.\d+, LLVM \d+\.\d+\.\d+\n\S+: \d+ registers of (8|16) floats, \S*\n$")

    def test_absurd_values_are_refused_with_the_reason(self):
        for option, value, reason in [
            ("batch_size", "0", "[2, 65536]"),
            ("img_size", "0", "[1, 256]"),
            ("lr", "-1", "(0, 10]"),
            ("lr", "nan", "(0, 10]"),
            ("b1", "1", "[0, 1)"),
            ("dropout", "1", "[0, 1)"),
            ("n_epochs", "0", "outside"),
            ("channels", "3", "[1, 1]"),
            ("latent_dim", "ten", "'ten' is no whole number"),
            ("seed", "-1", "'-1' is no whole number"),
            ("preset", "paper", "none of report, pytorch-gan"),
            ("gen-labels", "some", "none of all, dataset"),
            ("cpu", "z80", "none of native"),
            ("test-interval", "-2", "[-1, "),
            ("generator_widths", "16,0", "[1, 65536]"),
        ]:
            with self.subTest(option=option, value=value):
                self.refuse("train", f"--{option}={value}", because=f"--{option.replace('-', '_')}: ")
                self.refuse("train", f"--{option}={value}", because=reason)

    def test_unknown_things_are_refused(self):
        self.refuse("train", "--bach_size", "64", because="--bach_size")
        self.refuse("paint", because="paint")
        self.refuse("train", "--data", self.data, "--disable-pass", "magic", *SMALL_NET, because="no pass is named 'magic'")
        self.refuse("train", "--data", self.data, "--disable-pass", "lower", *SMALL_NET, because="cannot be switched off")
        self.refuse("train", "--resume", self.folder / "nowhere", because="nowhere")

    def test_bad_data_is_refused(self):
        self.refuse("train", "--data", self.folder / "nothing", because="nothing")
        empty = self.folder / "empty"
        empty.mkdir()
        self.refuse("train", "--data", empty, because="empty")
        cut = self.folder / "cut"
        write_idx(cut)
        pictures = cut / "train-images-idx3-ubyte"
        pictures.write_bytes(pictures.read_bytes()[:-5])
        self.refuse("train", "--data", cut, "--out", self.folder / "cut_run", *SMALL_NET, because="train-images-idx3-ubyte")
        self.refuse("train", "--data", self.data, "--n_classes", "9", because="label")

    def test_a_batch_of_one_is_refused(self):
        lonely = self.folder / "lonely"
        write_idx(lonely, pictures=17)
        self.refuse("train", "--data", lonely, "--out", self.folder / "lonely_run", *SMALL_NET, because="one of 17 pictures")

    def test_results_are_never_overwritten(self):
        taken = self.folder / "taken"
        taken.mkdir()
        (taken / "thesis.txt").write_text("mine")
        self.refuse("train", "--data", self.data, "--out", taken, *SMALL_NET, because="taken")
        self.assertEqual((taken / "thesis.txt").read_text(), "mine")

    def test_config_file(self):
        file = self.folder / "c.json"
        for text, reason in [("[", "no JSON object"), ('{"n_clases": 3}', "n_clases"), ('{"lr": []}', "lr"), ('{"batch_size": 1}', "batch_size: 1 is outside")]:
            file.write_text(text)
            self.refuse("train", "--config", file, because=reason)

    def test_command_line_beats_file_beats_preset(self):
        file = self.folder / "d.json"
        file.write_text(json.dumps({"preset": "pytorch-gan", "lr": 0.01, "latent_dim": 7, "data": str(self.data)}))
        options = ["--config", file, "--lr", "0.5", "--steps", "1", "--img_size", "8", "--sample_interval", "0", "--batch_size", "16"]
        self.succeed("train", *options, "--out", self.folder / "merged")
        merged = json.loads((self.folder / "merged" / "config.json").read_text())
        self.assertEqual((merged["n_classes"], merged["lr"], merged["latent_dim"], merged["b1"]), (10, 0.5, 7, 0.5))


if __name__ == "__main__":
    unittest.main()
