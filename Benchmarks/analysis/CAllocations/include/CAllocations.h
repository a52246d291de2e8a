#pragma once
#include <stdint.h>

/// How often memory was asked for since the program started; 0 where the C library cannot be overridden.
uint64_t allocation_count(void);
