"""Sources of data, one a file."""

from fedkd.data.sources.casa_csv import CasaCsv
from fedkd.data.sources.cifar_binary import CifarBinary
from fedkd.data.sources.cifar_python import CifarPython
from fedkd.data.sources.csv_table import CsvTable
from fedkd.data.sources.idx_folder import IdxFolder
from fedkd.data.sources.image_folder import ImageFolder
from fedkd.data.sources.mnist5k import Mnist5k
from fedkd.data.sources.npz_file import NpzFile
from fedkd.data.sources.sklearn_table import SklearnTable

__all__ = [
    "CasaCsv",
    "CifarBinary",
    "CifarPython",
    "CsvTable",
    "IdxFolder",
    "ImageFolder",
    "Mnist5k",
    "NpzFile",
    "SklearnTable",
]
