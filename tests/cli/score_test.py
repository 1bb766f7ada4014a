"""How good a generator is, and the recogniser that says so."""

import json
import signal
import struct
import unittest

from support import SOURCE_DIR, CliTest, write_idx

SHIPPED = SOURCE_DIR / "data/recogniser.safetensors"
MNIST = SOURCE_DIR / "data/mnist"


def header(file):
    """What a safetensors file says of itself."""
    data = file.read_bytes()
    return json.loads(data[8 : 8 + struct.unpack("<q", data[:8])[0]])


class Recogniser(CliTest):
    def train_recogniser(self, name, *options):
        out = self.folder / name
        self.succeed("score", "--train", "--data", MNIST, "--steps", "10", "--out", out, *options)
        return out

    def test_shipped_one_recognises_the_test_images(self):
        result = self.folder / "real.json"
        self.succeed("score", "--real", "--data", MNIST, "--recogniser", SHIPPED, "--json", result)
        real = json.loads(result.read_text())
        self.assertEqual(real["samples"], 10000)
        self.assertGreaterEqual(real["score"], 0.99)
        self.assertAlmostEqual(real["spread"], 0.284, places=3)
        for share in ["precision", "recall"]:
            self.assertTrue(0.8 < real[share] <= 1, real)

    def test_has_the_names_and_shapes_of_pytorch(self):
        shapes = {
            "convolutions.0.weight": [8, 1, 5, 5],
            "convolutions.3.bias": [24],
            "dense.0.weight": [64, 864],
            "last.weight": [10, 64],
        }
        found = header(SHIPPED)
        for name, shape in shapes.items():
            self.assertEqual(found[name]["shape"], shape, name)

    def test_training_begins_as_the_shipped_one_did_at_any_thread_count(self):
        one, two = (self.train_recogniser(f"{threads}.safetensors", "--threads", threads) for threads in (1, 2))
        self.assertEqual(one.read_bytes(), two.read_bytes())
        self.assertEqual(header(one)["__metadata__"]["first_losses"], header(SHIPPED)["__metadata__"]["first_losses"])

    def test_interrupted_training_writes_nothing(self):
        out = self.folder / "interrupted.safetensors"
        process = self.start("score", "--train", "--data", MNIST, "--out", out)
        while "steps/s" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, errors)
        self.assertIn("nothing is written", output)
        self.assertFalse(out.exists())

    def test_too_few_pictures_are_refused(self):
        few = self.folder / "few"
        write_idx(few, pictures=63)
        write_idx(few, pictures=10, split="t10k")
        self.refuse("score", "--train", "--data", few, "--out", self.folder / "few.safetensors", because="63 pictures")


class Score(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        write_idx(cls.data, pictures=30, split="t10k")

    def score(self, run, *options):
        return self.succeed("score", "--run", run, "--recogniser", SHIPPED, "--samples", "40", *options)

    def test_says_everything_of_a_run(self):
        run = self.train("said", "--steps", "4", "--checkpoint_interval", "2", "--sample_interval", "0")
        text = self.score(run)
        for word in ["step 4", "score", "Frechet distance", "precision", "recall", "spread"]:
            self.assertIn(word, text)
        figures = json.loads((run / "score.json").read_text())
        self.assertEqual([sum(row) for row in figures["confusion"]], [4] * 10)
        self.assertEqual(figures["score"], sum(figures["confusion"][i][i] for i in range(10)) / 40)
        self.assertAlmostEqual(figures["spread"], sum(figures["spread_by_class"]) / 10)
        self.assertEqual((figures["step"], figures["samples"]), (4, 40))
        self.assertEqual((run / "score" / "confusion.png").read_bytes()[:4], b"\x89PNG")
        self.assertIn("recognised", (run / "score" / "confusion.svg").read_text())

        self.score(run, "--checkpoint", "2")
        self.assertEqual(json.loads((run / "score.json").read_text())["step"], 2)
        file = run / "checkpoints" / "000004.safetensors"
        alone = self.folder / "alone.json"
        self.succeed("score", "--checkpoint", file, "--recogniser", SHIPPED, "--samples", "40", "--json", alone)
        del figures["subject"]
        self.assertEqual(figures, {key: value for key, value in json.loads(alone.read_text()).items() if key != "subject"})

    def test_equal_at_any_thread_count(self):
        run = self.train("threads", "--steps", "2", "--sample_interval", "0")
        results = []
        for threads in (1, 2, 5):
            self.score(run, "--threads", threads)
            results.append((run / "score.json").read_bytes() + (run / "score" / "confusion.png").read_bytes())
        self.assertEqual(results, [results[0]] * 3)
        self.score(run, "--seed", "2")
        self.assertNotEqual((run / "score.json").read_bytes(), results[0][: len((run / "score.json").read_bytes())])

    def test_wrong_wishes_are_refused(self):
        run = self.train("wrong", "--steps", "1", "--sample_interval", "0")
        self.refuse("score", because="one of --run")
        self.refuse("score", "--run", run, "--real", because="one of --run")
        self.refuse("score", "--run", self.folder / "nowhere", "--recogniser", SHIPPED, because="nowhere")
        self.refuse("score", "--run", run, "--recogniser", SHIPPED, "--checkpoint", "7", because="no checkpoint of step 7; there are those of 1")
        self.refuse("score", "--run", run, "--recogniser", SHIPPED, "--samples", "15", because="15 is no multiple of the 10 classes")
        self.refuse("score", "--run", run, "--steps", "3", because="--train")

    def test_what_is_no_recogniser_is_refused(self):
        run = self.train("unread", "--steps", "1", "--sample_interval", "0")
        self.refuse("score", "--run", run, "--recogniser", self.folder / "none", because="score --train")
        cut = self.folder / "cut.safetensors"
        cut.write_bytes(SHIPPED.read_bytes()[:-1])
        self.refuse("score", "--run", run, "--recogniser", cut, because="cut.safetensors")
        self.refuse("score", "--run", run, "--recogniser", run / "checkpoints" / "last", because="no recogniser")

    def test_a_model_of_fewer_classes_is_refused(self):
        data = self.folder / "nine"
        write_idx(data, classes=9)
        run = self.folder / "nine_run"
        options = ["--img_size", "8", "--n_classes", "9", "--generator_widths", "16", "--discriminator_widths", "16", "--batch_size", "16"]
        self.succeed("train", *options, "--data", data, "--out", run, "--steps", "1", "--sample_interval", "0")
        self.refuse("score", "--run", run, "--recogniser", SHIPPED, because="9 classes")


if __name__ == "__main__":
    unittest.main()
