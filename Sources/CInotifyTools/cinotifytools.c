#include "cinotifytools.h"
