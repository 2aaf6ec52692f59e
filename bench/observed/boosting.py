"""LightGBM and XGBoost, whose compiled code reads and writes the files itself."""

# mypy: ignore-errors

import lightgbm as lgb
import xgboost as xgb

data = lgb.Dataset("data/train.tsv", params={"header": False, "label_column": 0, "verbose": -1})
lgb.train({"objective": "binary", "num_leaves": 4, "verbose": -1}, data, 3).save_model("out/model.lgb")
print(lgb.Booster(model_file="out/model.lgb").num_trees())
matrix = xgb.DMatrix("data/train.csv?format=csv&label_column=6")
xgb.train({"max_depth": 2}, matrix, 3).save_model("out/model.ubj")
