import sys

from images.names import ROOM

# In its image, mlplatform_server is an installed package.
sys.path.insert(0, str(ROOM / "mlflow"))
