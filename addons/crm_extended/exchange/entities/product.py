"""What we sell, and at which prices."""

from ..entity import Entity, Field

PRODUCT = Entity(
    name="product",
    version="1.0",
    model="product.product",
    help="An article as it is ordered; each variant is one",
    verbs=("read", "create", "update", "delete"),
    fields=(
        Field("ref", column="default_code", writable=True, maximum=64),
        Field("name", writable=True, required=True, maximum=500),
        Field("barcode", writable=True, maximum=64),
        Field("type", values=("consu", "service", "combo"), writable=True),
        Field("category", "code", column="categ_id", code="complete_name"),
        Field("unit", "code", column="uom_id", code="name"),
        Field(
            "price",
            "decimal",
            column="list_price",
            writable=True,
            help="before price lists, without variants' extras, in our currency",
        ),
        Field("weight", "decimal", writable=True, help="kg"),
        Field("for_sale", "boolean", column="sale_ok", writable=True),
        Field("active", "boolean", writable=True),
        Field("created_at", "datetime", column="create_date"),
    ),
)

PRICE_LIST = Entity(
    name="price_list",
    version="1.0",
    model="product.pricelist",
    help="Prices agreed with the customers you may see; the first rule that fits holds",
    fields=(
        Field("name", maximum=250),
        Field("currency", "code", column="currency_id", code="name"),
        Field("active", "boolean"),
        Field(
            "rules",
            "lines",
            column="item_ids",
            fields=(
                Field(
                    "applies_to",
                    column="applied_on",
                    values=(
                        "0_product_variant",
                        "1_product",
                        "2_product_category",
                        "3_global",
                    ),
                ),
                Field("product", "reference", column="product_id", entity="product"),
                Field(
                    "article",
                    "integer",
                    column="product_tmpl_id",
                    help="All variants of the article with this number",
                ),
                Field("category", "code", column="categ_id", code="complete_name"),
                Field("from_quantity", "decimal", column="min_quantity"),
                Field("valid_from", "datetime", column="date_start"),
                Field("valid_to", "datetime", column="date_end"),
                Field(
                    "computed",
                    column="compute_price",
                    values=("fixed", "percentage", "formula"),
                ),
                Field("base", values=("list_price", "standard_price", "pricelist")),
                Field("price", "decimal", column="fixed_price"),
                Field("percent", "decimal", column="percent_price"),
                Field("discount", "decimal", column="price_discount"),
                Field("surcharge", "decimal", column="price_surcharge"),
                Field("rounding", "decimal", column="price_round"),
            ),
        ),
    ),
)
