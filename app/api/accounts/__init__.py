"""Operations on the account."""
