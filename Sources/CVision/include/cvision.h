#pragma once
#include <stdint.h>

/// OpenCV's core and imgproc behind a few plain functions. Pictures are packed, top row first. Every function
/// returns 0, or -1 where OpenCV threw.

#ifdef __cplusplus
extern "C" {
#endif

/// Resizes 8-bit pictures of 1 or 3 channels: area averaging when shrinking, bilinear when growing.
int cvision_resize_u8(const uint8_t *from, int width, int height, int channels, uint8_t *to, int to_width,
                      int to_height);

/// The same of 3 channels, bilinear also when shrinking: fine detail is not averaged away but sampled.
int cvision_sample_u8(const uint8_t *from, int width, int height, uint8_t *to, int to_width, int to_height);

/// As cvision_resize_u8 for one channel of floats.
int cvision_resize_f32(const float *from, int width, int height, float *to, int to_width, int to_height);

/// Colour guided filter (He, Sun and Tang, "Guided image filtering", PAMI 2013, section 3.6) with its
/// coefficients found at a small size and applied at the full one (He and Sun, "Fast guided filter", 2015).
///
/// `alpha` 0...1 of the small size is made to follow the edges of the RGB guide; `out` gets 0...255 at the full
/// size. `radius` in pixels of the small size, `epsilon` for guides scaled to 0...1.
int cvision_guided_upsample(const uint8_t *small_guide, const float *alpha, int small_width, int small_height,
                            int radius, double epsilon, const uint8_t *guide, int width, int height, uint8_t *out);

/// Draws a matte of 0...255 to its ends away from its outline, in place: nothing changes up to `soft` pixels from where it
/// crosses one half, `sure` pixels away it is 255 or 0, and in between it goes there evenly.
int cvision_settle(uint8_t *alpha, int width, int height, double soft, double sure);

/// Labels 8-connected regions of non-zero pixels from 1 on; `labels` gets one number a pixel. The number of
/// regions, or -1.
int cvision_components(const uint8_t *mask, int width, int height, int32_t *labels);

/// The distance of every non-zero pixel to the nearest zero one, in pixels (5 × 5 chamfer, Borgefors 1986).
int cvision_distance(const uint8_t *mask, int width, int height, float *distance);

/// Grows the seeds in `labels` (numbers from 1 on; 0 = to decide) over the picture (Meyer 1992); borders get -1.
int cvision_watershed(const uint8_t *picture, int width, int height, int32_t *labels);

/// Gaussian blur of one channel of floats, in place.
int cvision_blur_f32(float *values, int width, int height, double sigma);

/// Fills holes of an RGB picture, in place, by patches of the rest. `roles`, one a pixel: 0 = background, which may
/// be copied; 1 = something else, neither copied nor compared; 2 = to fill. Another seed gives another, equally
/// likely texture; the same one the same bytes. 0, 1 where there is nothing to copy (nothing is changed), or -1.
int cvision_patch_fill(uint8_t *rgb, const uint8_t *roles, int width, int height, uint64_t seed);

#ifdef __cplusplus
}
#endif
