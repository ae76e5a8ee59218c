#include "ccolour.h"

#include <lcms2.h>
#include <stdlib.h>

static cmsHPROFILE open_profile(ccolour_profile p) {
  if (!p.profile) return cmsCreate_sRGBProfile();
  return cmsOpenProfileFromMem(p.profile, (cmsUInt32Number)p.size);
}

static int space(cmsHPROFILE profile) {
  switch (cmsGetColorSpace(profile)) {
  case cmsSigRgbData: return CCOLOUR_RGB;
  case cmsSigGrayData: return CCOLOUR_GREY;
  case cmsSigCmykData: return CCOLOUR_CMYK;
  default: return CCOLOUR_OTHER;
  }
}

int ccolour_space(const uint8_t *profile, size_t size) {
  if (!profile || size < 132) return CCOLOUR_NONE;
  cmsHPROFILE opened = open_profile((ccolour_profile){profile, size});
  if (!opened) return CCOLOUR_NONE;
  int found = space(opened);
  cmsCloseProfile(opened);
  return found;
}

static int convert(ccolour_profile from, cmsUInt32Number from_type, int wanted, ccolour_profile to,
                   cmsUInt32Number to_type, cmsUInt32Number flags, const void *pixels, void *out, size_t count) {
  cmsHPROFILE source = open_profile(from);
  cmsHPROFILE target = open_profile(to);
  cmsHTRANSFORM transform = NULL;
  if (source && target && space(source) == wanted && space(target) == CCOLOUR_RGB) {
    transform = cmsCreateTransform(source, from_type, target, to_type, INTENT_RELATIVE_COLORIMETRIC,
                                   cmsFLAGS_BLACKPOINTCOMPENSATION | cmsFLAGS_NOCACHE | flags);
  }
  if (source) cmsCloseProfile(source);
  if (target) cmsCloseProfile(target);
  if (!transform) return 0;
  // The library counts pixels in 32 bits.
  const size_t slice = 1 << 20;
  for (size_t done = 0; done < count; done += slice) {
    size_t part = count - done < slice ? count - done : slice;
    const char *at = (const char *)pixels + done * T_CHANNELS(from_type) * T_BYTES(from_type) +
                     done * T_EXTRA(from_type) * T_BYTES(from_type);
    char *into = (char *)out + done * (T_CHANNELS(to_type) + T_EXTRA(to_type)) * T_BYTES(to_type);
    cmsDoTransform(transform, at, into, (cmsUInt32Number)part);
  }
  cmsDeleteTransform(transform);
  return 1;
}

int ccolour_convert(ccolour_profile from, ccolour_profile to, const void *pixels, void *out, size_t count, int channels,
                    int depth) {
  cmsUInt32Number type = channels == 4 ? (depth == 16 ? TYPE_RGBA_16 : TYPE_RGBA_8)
                                       : (depth == 16 ? TYPE_RGB_16 : TYPE_RGB_8);
  return convert(from, type, CCOLOUR_RGB, to, type, cmsFLAGS_COPY_ALPHA, pixels, out, count);
}

int ccolour_grey_to_srgb(ccolour_profile from, const void *pixels, void *out, size_t count, int depth) {
  ccolour_profile srgb = {NULL, 0};
  return convert(from, depth == 16 ? TYPE_GRAY_16 : TYPE_GRAY_8, CCOLOUR_GREY, srgb,
                 depth == 16 ? TYPE_RGB_16 : TYPE_RGB_8, 0, pixels, out, count);
}

int ccolour_cmyk_to_srgb(ccolour_profile from, const uint8_t *pixels, uint8_t *out, size_t count) {
  ccolour_profile srgb = {NULL, 0};
  return convert(from, TYPE_CMYK_8, CCOLOUR_CMYK, srgb, TYPE_RGB_8, 0, pixels, out, count);
}

int ccolour_make_profile(double gamma, const double xy[8], uint8_t **bytes, size_t *size) {
  cmsCIExyY white = {xy[0], xy[1], 1};
  cmsCIExyYTRIPLE primaries = {{xy[2], xy[3], 1}, {xy[4], xy[5], 1}, {xy[6], xy[7], 1}};
  // IEC 61966-2-1 as Little CMS takes it: a power above the break, a straight line below.
  cmsFloat64Number srgb[5] = {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045};
  cmsToneCurve *curve = gamma > 0 ? cmsBuildGamma(NULL, gamma) : cmsBuildParametricToneCurve(NULL, 4, srgb);
  if (!curve) return 0;
  cmsToneCurve *curves[3] = {curve, curve, curve};
  cmsHPROFILE profile = cmsCreateRGBProfile(&white, &primaries, curves);
  cmsFreeToneCurve(curve);
  if (!profile) return 0;
  cmsUInt32Number length = 0;
  int made = cmsSaveProfileToMem(profile, NULL, &length) && (*bytes = malloc(length)) &&
             cmsSaveProfileToMem(profile, *bytes, &length);
  cmsCloseProfile(profile);
  *size = length;
  return made;
}

void ccolour_free(uint8_t *bytes) { free(bytes); }
