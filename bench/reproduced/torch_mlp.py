"""PyTorch: a small network, its loss in each epoch, its weights."""

# mypy: ignore-errors

import json
import os

import common
import features
import torch
from sklearn.datasets import load_digits

torch.manual_seed(int(features.settings()["seed"]))
X, y = (torch.from_numpy(each) for each in load_digits(return_X_y=True))
X = X.float() / 16
model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(32, 10))
optimizer = torch.optim.Adam(model.parameters(), lr=features.settings()["rate"] / 10)
os.makedirs("out", exist_ok=True)
with open("out/metrics.jsonl", "w", encoding="utf-8") as file:
    for epoch in range(5):
        for rows in torch.randperm(len(X)).split(64):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(X[rows]), y[rows])
            loss.backward()
            optimizer.step()
        file.write(json.dumps({"step": epoch, "loss": loss.item()}) + "\n")
torch.save(model.state_dict(), "out/model.pt")
common.save(loss=loss.item(), accuracy=(model.eval()(X).argmax(1) == y).float().mean().item())
