"""Train a small convolutional network to read handwritten digits, on the processor.

python train.py --lr 0.003 --epochs 4
"""

import argparse
import json
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset, random_split


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a small convolutional network to read handwritten digits.")
    parser.add_argument("--lr", type=float, default=0.003, help="learning rate")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for model.pt and metrics.json")
    return parser.parse_args()


def accuracy(model: nn.Module, data: DataLoader) -> float:
    model.eval()
    with torch.no_grad():
        right = sum(int((model(pictures).argmax(1) == digits).sum()) for pictures, digits in data)
    return right / len(data.dataset)


def main() -> None:
    args = arguments()
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)  # the network is too small for more to help
    found = load_digits()
    pictures = torch.tensor(found.images / 16, dtype=torch.float32).unsqueeze(1)
    train, test = random_split(TensorDataset(pictures, torch.tensor(found.target)), [0.8, 0.2])
    batches, held_out = DataLoader(train, batch_size=64, shuffle=True), DataLoader(test, batch_size=256)

    model = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16 * 4 * 4, 10)
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)
    args.out.mkdir(parents=True, exist_ok=True)
    for epoch in range(1, args.epochs + 1):
        model.train()
        for x, y in batches:
            optimizer.zero_grad()
            loss = functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        print(f"epoch={epoch} loss={loss.item():.4f} accuracy={accuracy(model, held_out):.4f}")
        torch.save(model.state_dict(), args.out / "model.pt")
    (args.out / "metrics.json").write_text(json.dumps({"accuracy": accuracy(model, held_out)}) + "\n")


if __name__ == "__main__":
    main()
