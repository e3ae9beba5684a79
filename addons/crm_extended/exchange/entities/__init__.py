"""All that partners may exchange, by subject."""

from ..customer import ADDRESS, CONTACT, CUSTOMER
from .account import INVOICE
from .history import INTERACTION, PURCHASE
from .loyalty import LOYALTY_ACCOUNT, LOYALTY_ENTRY
from .product import PRICE_LIST, PRODUCT
from .profile import ATTRIBUTE, CONSENT, RELATION, SEGMENT_MEMBER
from .sale import DELIVERY, OPPORTUNITY, ORDER
from .target import TARGET

# A record comes after those it points to, so that a first load finds them
DECLARED = (
    CUSTOMER,
    CONTACT,
    ADDRESS,
    RELATION,
    ATTRIBUTE,
    CONSENT,
    PRODUCT,
    PRICE_LIST,
    OPPORTUNITY,
    ORDER,
    DELIVERY,
    INVOICE,
    PURCHASE,
    LOYALTY_ACCOUNT,
    LOYALTY_ENTRY,
    INTERACTION,
    SEGMENT_MEMBER,
    TARGET,
)
