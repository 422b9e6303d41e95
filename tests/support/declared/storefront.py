from etl.systems.declare import Field, Header, MovingWindow, PageNumber, PageSize, Stream, System, Text

FIELDS = {
    "id": Field(Text(), "source_id"),
    "email": Field(Text(), "email"),
    "role": Field(Text(), "kind", read=lambda role: role.replace({"subscriber": "customer"})),
    "last_name": Field(Text(), "last_name"),
    "billing.company": Field(Text(), "company_name"),
    "billing.address_1": Field(Text(), "address_line"),
    "billing.postcode": Field(Text(), "postcode"),
    "billing.country": Field(Text(), "country_code"),
}
PAGES = PageNumber("page", size=PageSize("per_page", 50), pages=Header("X-WP-TotalPages"), rows=Header("X-WP-Total"))
CUSTOMERS = Stream("customers", "/wp-json/wc/v3/customers", fields=FIELDS, paging=PAGES)
STOREFRONT = System("storefront", "A shop", limits=(MovingWindow(600, seconds=60),), streams=(CUSTOMERS,))
