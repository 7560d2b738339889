"""What an offer needs beyond the visit: budgets, codes, claims, products to show. Nothing here blocks the loop."""
