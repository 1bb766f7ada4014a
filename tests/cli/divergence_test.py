"""A run whose numbers are no longer finite ends, and says where they began."""

import unittest

from life import LifeTest, last, step_of
from support import SMALL_NET


class Divergence(LifeTest):
    # A product of so many layers overflows as soon as their weights have grown a little.
    DEEP = ["--relu", 1, "--dropout", 0, "--sample_interval", 0]

    def diverge(self, name, *options):
        run = self.folder / name
        net = list(SMALL_NET)
        net[net.index("--discriminator_widths") + 1] = ",".join(["16"] * 16)
        done = self.run_program("train", *net, *self.DEEP, "--data", self.data, "--out", run, "--steps", 3000, *options)
        self.assertEqual(done.returncode, 1, done.output + done.errors)
        error = done.errors.splitlines()[-1]
        self.assertRegex(error, r"step \d+: .*(generator|discriminator|loss).* is not finite, seen at step \d+")
        return run, error

    def test_stops_the_run_and_says_where_it_began(self):
        run, errors = self.diverge("nan", "--lr", 0.5)
        self.assertIn("there is no checkpoint before it", errors)
        self.assertFalse((run / "checkpoints").exists() and any((run / "checkpoints").iterdir()))
        for line in (run / "losses.csv").read_text().splitlines()[1:]:
            self.assertNotRegex(line, "nan|inf")

    def test_the_last_good_checkpoint_is_good(self):
        run, errors = self.diverge("nan_on_the_way", "--lr", 10, "--checkpoint_interval", 1)
        self.assertIn(f"the last good checkpoint is {last(run)}", errors)
        self.succeed("sample", "--checkpoint", last(run), "--out", self.folder / "good.png")
        self.assertIn(f"step {step_of(run) + 1}: ", errors)


if __name__ == "__main__":
    unittest.main()
