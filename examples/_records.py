"""Scikit-learn's breast-cancer table, and what synthetic rows are worth beside it."""

from functools import cache

import torch
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import QuantileTransformer


@cache
def table():
    """(training rows, diagnoses, held-out rows, diagnoses); columns by rank, in [-1, 1]."""
    x, y = load_breast_cancer(return_X_y=True)
    train, test, y_train, y_test = train_test_split(x, y, test_size=0.4, random_state=0, stratify=y)
    ranks = QuantileTransformer(n_quantiles=100).fit(train)
    rows = [torch.tensor(2 * ranks.transform(part) - 1).float() for part in (train, test)]
    return rows[0], torch.tensor(y_train), rows[1], torch.tensor(y_test)


def worth(rows, y):
    """Synthetic rows and their diagnoses against held-out real ones.

    The accuracy on real rows of a classifier trained on synthetic ones; the mean over the columns
    of the Kolmogorov-Smirnov distance; the mean absolute error of the columns' correlations.
    """
    held_out, y_held_out = table()[2:]
    classifier = LogisticRegression(max_iter=2000).fit(rows.numpy(), y.numpy())
    points = torch.linspace(-1, 1, 201)
    shares = [(part.unsqueeze(2) <= points).float().mean(0) for part in (rows, held_out)]
    correlations = [torch.corrcoef(part.T) for part in (rows, held_out)]
    return {
        "accuracy": float(classifier.score(held_out.numpy(), y_held_out.numpy())),
        "column KS": float((shares[0] - shares[1]).abs().amax(1).mean()),
        "corr. error": float((correlations[0] - correlations[1]).abs().mean()),
    }
