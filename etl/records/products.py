"""The product tables: products, product_prices, product_materials, product_locations."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from etl.records.contacts import Address, SourceRow
from etl.records.types import ArrowKind, Flag, Float, Int32, Int64, Json, Money, Percentage, Quantity, Text, Texts


class Product(SourceRow):
    """One row per product."""

    supplier_id: Int64 = Field(None, description="The supplier's id within the account.")
    name: Text = Field(None, description="The internal name.")
    display_name: Text = Field(None, description="The name as shown to customers.")
    purchase_price: Money = Field(None, description="Purchase price.")
    sales_price: Money = Field(None, description="Sales price; deprecated by the vendor, see product_prices.")
    vat_percentage: Percentage = Field(None, description="VAT, in per cent.")
    minimum_quantity: Int64 = Field(None, description="The least that can be bought.")
    duration_iso: Text = Field(None, description="Duration, ISO 8601, as received.")
    duration_minutes: Float = Field(None, description="Duration in minutes.")
    customer_description: Text = Field(None, description="Description for customers.")
    extended_description: Text = Field(None, description="Extended description, may hold HTML.")
    product_group_id: Int64 = Field(None, description="The product group's id within the account.")
    api_allowed: Flag = Field(None, description="Whether the product may be used through the API.")
    separate_on_planning: Flag = Field(None, description="Whether it stands on its own in the planning.")
    planning_strategy: Text = Field(None, description="Planning strategy.")
    staff_instruction: Text = Field(None, description="Instruction for staff.")
    location_required: Flag = Field(None, description="Whether a location is required.")
    attributes: Json = Field(None, description="The vendor's key-value object of extra fields, as JSON.")
    quantity_determination: Text = Field(None, description="How the quantity is determined.")
    quantity: Quantity = Field(None, description="Quantity.")
    per_x_persons: Int64 = Field(None, description="Per how many persons.")
    per_x_persons_rounding: Text = Field(None, description="How that is rounded: boven (up) or niet (not).")
    is_deleted: Flag = Field(None, description="Whether the product is deleted.")
    image_href: Text = Field(None, description="Where its image is.")
    default_attachments: Json = Field(None, description="Default attachments, as JSON.")
    extra: Json = Field(
        None, description="Source fields without a column and originals of values a column could not take, as JSON."
    )
    issues: Texts = Field(description="Flags; empty where nothing is doubtful.")
    extracted_at: Annotated[datetime, ArrowKind("timestamp(us, UTC)")] = Field(
        description="When the page was received; the same in a replay."
    )


class ProductPrice(SourceRow):
    """One row per price of a product."""

    position: Int32 = Field(None, description="The price's place in the product's list, from 0.")
    vat_percentage: Percentage = Field(None, description="VAT, in per cent.")
    sales_price: Money = Field(None, description="Sales price.")


class ProductMaterial(SourceRow):
    """One row per material a product uses."""

    material_id: Int64 = Field(None, description="The material's id within the account.")
    quantity: Quantity = Field(None, description="How much of the material is used.")
    per_x_quantity: Int64 = Field(None, description="With which amount of the product that use increases.")
    rounding: Text = Field(None, description="How that is rounded: boven (up) or niet (not).")


class ProductLocation(SourceRow, Address):
    """One row per place where a product may take place."""

    address_before: ClassVar = "latitude"

    location_id: Text = Field(None, description="The location's id within the account.")
    name: Text = Field(None, description="Its internal name.")
    colour: Text = Field(None, description="Its colour.")
    display_name: Text = Field(None, description="Its name as shown to customers.")
    phone_number: Text = Field(None, description="Its phone number, as received.")
    latitude: Float = Field(None, description="Degrees north.")
    longitude: Float = Field(None, description="Degrees east.")
    capacity: Int64 = Field(None, description="Capacity.")
    number_of_groups: Int64 = Field(None, description="Number of groups.")
    extended_description: Text = Field(None, description="Extended description.")
    image_filename: Text = Field(None, description="File name of its image.")
    parent_id: Text = Field(None, description="The location it is part of.")
    extra: Json = Field(
        None, description="Source fields without a column and originals of values a column could not take, as JSON."
    )
    issues: Texts = Field(description="Flags; empty where nothing is doubtful.")
