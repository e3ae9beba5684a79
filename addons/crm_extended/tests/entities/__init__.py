from . import test_exchange_entities
from . import test_exchange_entity_push
