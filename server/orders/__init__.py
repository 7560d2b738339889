"""What a shop's own server tells of its orders: proof of who it is, fields from an allow-list, and nothing of who bought."""
