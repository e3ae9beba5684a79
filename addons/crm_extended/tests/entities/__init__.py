from . import test_exchange_entities
from . import test_exchange_entity_push
from . import test_exchange_subject
from . import test_exchange_texts
