from types import MappingProxyType
from skewcheck.parameters.sklearn.libraries import Library
LIBRARY = Library(MappingProxyType({}), lambda f: ())
