"""torch: a DataLoader whose workers are forked or spawned and read images, checkpoints renamed into place."""

# mypy: ignore-errors

import os
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image


class Images(torch.utils.data.Dataset):
    """Pictures of cats and dogs."""

    def __init__(self) -> None:
        self.paths = sorted(Path("data/images").glob("*/*.png"))

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, at: int) -> tuple[torch.Tensor, int]:
        pixels = np.asarray(Image.open(self.paths[at]), dtype=np.float32)
        return torch.from_numpy(pixels).flatten() / 255, int(self.paths[at].parent.name == "dogs")


def main() -> None:
    loader = torch.utils.data.DataLoader(
        Images(), batch_size=32, num_workers=2, multiprocessing_context=sys.argv[1], shuffle=True
    )
    model = torch.nn.Linear(64, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(2):
        for pixels, labels in loader:
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(pixels), labels).backward()
            optimizer.step()
        torch.save({"model": model.state_dict(), "epoch": epoch}, "out/checkpoint.tmp")
        os.replace("out/checkpoint.tmp", "out/checkpoint.pt")
    print(torch.load("out/checkpoint.pt")["epoch"])


if __name__ == "__main__":
    main()
