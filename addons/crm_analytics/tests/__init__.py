from . import test_cube_equals_orm
