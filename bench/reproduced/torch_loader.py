"""PyTorch: a convolution, data by two worker processes that change it at random."""

# mypy: ignore-errors

import common
import features
import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Dataset


class Digits(Dataset):
    """Digits with noise that the worker draws."""

    def __init__(self) -> None:
        self.X, self.y = load_digits(return_X_y=True)

    def __len__(self) -> int:
        return 512

    def __getitem__(self, at: int) -> tuple[torch.Tensor, int]:
        image = torch.from_numpy(self.X[at]).float().reshape(1, 8, 8) / 16
        return image + features.settings()["rate"] * torch.randn_like(image), int(self.y[at])


if __name__ == "__main__":
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(4 * 36, 10)
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for X, y in DataLoader(Digits(), batch_size=64, shuffle=True, num_workers=2):
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(X), y)
        loss.backward()
        optimizer.step()
    common.save(loss=loss.item())
    torch.save(model, "out/model.pt")
