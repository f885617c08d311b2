"""Operations on the service itself: health, metrics and documents."""
