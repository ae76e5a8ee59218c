#ifndef CPHOTO_HEIFLIBRARY_H
#define CPHOTO_HEIFLIBRARY_H

// libheif, opened when it is first needed: it brings the codecs of HEVC and AV1, which every `scenehf --help` would load.
// Include this instead of libheif/heif.h.
#include <libheif/heif.h>

#define HEIF_FUNCTIONS(F) \
  F(context_alloc) F(context_free) F(context_get_number_of_top_level_images) \
  F(context_get_primary_image_handle) F(context_read_from_memory_without_copy) \
  F(context_set_max_decoding_threads) F(decode_image) F(decoding_options_alloc) F(decoding_options_free) \
  F(image_get_height) F(image_get_plane_readonly) F(image_get_width) F(image_handle_get_height) \
  F(image_handle_get_list_of_metadata_block_IDs) F(image_handle_get_luma_bits_per_pixel) F(image_handle_get_metadata) F(image_handle_get_metadata_size) \
  F(image_handle_get_nclx_color_profile) F(image_handle_get_raw_color_profile) \
  F(image_handle_get_raw_color_profile_size) F(image_handle_get_width) F(image_handle_has_alpha_channel) \
  F(image_handle_release) F(image_release) F(nclx_color_profile_free)

struct heif_functions {
#define DECLARE(name) __typeof__(heif_##name) *name;
  HEIF_FUNCTIONS(DECLARE)
#undef DECLARE
};

/// The library's functions; the first call opens it.
const struct heif_functions *cphoto_heif(void);

#define heif_context_alloc cphoto_heif()->context_alloc
#define heif_context_free cphoto_heif()->context_free
#define heif_context_get_number_of_top_level_images cphoto_heif()->context_get_number_of_top_level_images
#define heif_context_get_primary_image_handle cphoto_heif()->context_get_primary_image_handle
#define heif_context_read_from_memory_without_copy cphoto_heif()->context_read_from_memory_without_copy
#define heif_context_set_max_decoding_threads cphoto_heif()->context_set_max_decoding_threads
#define heif_decode_image cphoto_heif()->decode_image
#define heif_decoding_options_alloc cphoto_heif()->decoding_options_alloc
#define heif_decoding_options_free cphoto_heif()->decoding_options_free
#define heif_image_get_height cphoto_heif()->image_get_height
#define heif_image_get_plane_readonly cphoto_heif()->image_get_plane_readonly
#define heif_image_get_width cphoto_heif()->image_get_width
#define heif_image_handle_get_height cphoto_heif()->image_handle_get_height
#define heif_image_handle_get_list_of_metadata_block_IDs cphoto_heif()->image_handle_get_list_of_metadata_block_IDs
#define heif_image_handle_get_luma_bits_per_pixel cphoto_heif()->image_handle_get_luma_bits_per_pixel
#define heif_image_handle_get_metadata cphoto_heif()->image_handle_get_metadata
#define heif_image_handle_get_metadata_size cphoto_heif()->image_handle_get_metadata_size
#define heif_image_handle_get_nclx_color_profile cphoto_heif()->image_handle_get_nclx_color_profile
#define heif_image_handle_get_raw_color_profile cphoto_heif()->image_handle_get_raw_color_profile
#define heif_image_handle_get_raw_color_profile_size cphoto_heif()->image_handle_get_raw_color_profile_size
#define heif_image_handle_get_width cphoto_heif()->image_handle_get_width
#define heif_image_handle_has_alpha_channel cphoto_heif()->image_handle_has_alpha_channel
#define heif_image_handle_release cphoto_heif()->image_handle_release
#define heif_image_release cphoto_heif()->image_release
#define heif_nclx_color_profile_free cphoto_heif()->nclx_color_profile_free

#endif
