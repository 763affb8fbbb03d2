/// Heap allocations (malloc, calloc, realloc, aligned ones) that the calling thread has made so far, in any library of the process.
unsigned long allocation_count(void);
