"""A tap made with Meltano's Singer SDK, with the faster writer of messages that the SDK documents."""

from typing import Any

from customer_schema import json_schema
from requests.auth import HTTPBasicAuth
from singer_sdk import RESTStream, Tap
from singer_sdk import typing as th
from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.pagination import JSONPathPaginator


class Customers(RESTStream):
    name = "customers"
    path = "/api/v1/customers/list.json"
    primary_keys = ("customer_id",)
    records_jsonpath = "$.customers[*]"
    schema = json_schema()

    @property
    def url_base(self) -> str:
        return self.config["base_url"]

    @property
    def authenticator(self) -> HTTPBasicAuth:
        return HTTPBasicAuth("shop", "secret")

    def get_new_paginator(self) -> JSONPathPaginator:
        return JSONPathPaginator("$.pagination.next_offset")

    def get_url_params(self, context: object, next_page_token: int | None) -> dict[str, Any]:
        return {"offset": next_page_token or 0}


class TapCustomers(Tap):
    name = "tap-customers"
    message_writer_class = MsgSpecWriter
    config_jsonschema = th.PropertiesList(th.Property("base_url", th.StringType, required=True)).to_dict()

    def discover_streams(self) -> list[Customers]:
        return [Customers(self)]


if __name__ == "__main__":
    TapCustomers.cli()
