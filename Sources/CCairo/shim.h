// pkg-config adds cairo's own folder to the search path, so the header stands without a folder before it.
#include <cairo.h>
