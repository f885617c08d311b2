"""Operations on providers and their callbacks."""
