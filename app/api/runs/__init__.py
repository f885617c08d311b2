"""Operations on runs, look-ups and jobs."""
