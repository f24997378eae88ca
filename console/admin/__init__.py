"""The pages of admins: one module a page, each behind the permission that its work needs."""
