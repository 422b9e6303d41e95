"""WooCommerce: read and write the customers of a shop."""
