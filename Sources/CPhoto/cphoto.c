#include "cphoto.h"
