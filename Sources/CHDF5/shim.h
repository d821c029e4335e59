#ifndef SPARSIFY_CHDF5_SHIM_H
#define SPARSIFY_CHDF5_SHIM_H

#include <hdf5.h>
#include <stdio.h>
#include <string.h>

/* Macros that are comma expressions, which Swift cannot import. */
static inline hid_t chdf5_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline hid_t chdf5_dataset_access(void) { return H5P_DATASET_ACCESS; }
static inline hid_t chdf5_group_creation(void) { return H5P_GROUP_CREATE; }
static inline hid_t chdf5_type_creation(void) { return H5P_DATATYPE_CREATE; }
static inline hid_t chdf5_file_creation(void) { return H5P_FILE_CREATE; }
static inline hid_t chdf5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t chdf5_link_creation(void) { return H5P_LINK_CREATE; }
static inline hid_t chdf5_attribute_creation(void) { return H5P_ATTRIBUTE_CREATE; }
static inline hid_t chdf5_c_string(void) { return H5T_C_S1; }
static inline hid_t chdf5_float64(void) { return H5T_IEEE_F64LE; }
static inline hid_t chdf5_object_reference(void) { return H5T_STD_REF_OBJ; }
static inline unsigned chdf5_read_only(void) { return H5F_ACC_RDONLY; }
static inline unsigned chdf5_truncate(void) { return H5F_ACC_TRUNC; }
static inline hsize_t chdf5_unlimited(void) { return H5S_UNLIMITED; }
static inline haddr_t chdf5_no_address(void) { return HADDR_UNDEF; }
static inline hid_t chdf5_everything(void) { return H5S_ALL; }

/* A standard integer type, or -1. */
static inline hid_t chdf5_standard_integer(size_t size, int is_signed, int is_big) {
    switch (size) {
    case 1: return is_signed ? (is_big ? H5T_STD_I8BE : H5T_STD_I8LE) : (is_big ? H5T_STD_U8BE : H5T_STD_U8LE);
    case 2: return is_signed ? (is_big ? H5T_STD_I16BE : H5T_STD_I16LE) : (is_big ? H5T_STD_U16BE : H5T_STD_U16LE);
    case 4: return is_signed ? (is_big ? H5T_STD_I32BE : H5T_STD_I32LE) : (is_big ? H5T_STD_U32BE : H5T_STD_U32LE);
    case 8: return is_signed ? (is_big ? H5T_STD_I64BE : H5T_STD_I64LE) : (is_big ? H5T_STD_U64BE : H5T_STD_U64LE);
    default: return -1;
    }
}

/* A bit field of 1, 2, 4 or 8 bytes, or -1. */
static inline hid_t chdf5_standard_bitfield(size_t size, int is_big) {
    switch (size) {
    case 1: return is_big ? H5T_STD_B8BE : H5T_STD_B8LE;
    case 2: return is_big ? H5T_STD_B16BE : H5T_STD_B16LE;
    case 4: return is_big ? H5T_STD_B32BE : H5T_STD_B32LE;
    case 8: return is_big ? H5T_STD_B64BE : H5T_STD_B64LE;
    default: return -1;
    }
}

/* The descriptions of the innermost errors on this thread's stack, joined with "; ". */
typedef struct {
    char *text;
    size_t size;
    unsigned frames;
} chdf5_error_buffer;

static inline herr_t chdf5_append_frame(unsigned n, const H5E_error2_t *error, void *data) {
    chdf5_error_buffer *buffer = (chdf5_error_buffer *)data;
    size_t used = strlen(buffer->text);
    (void)n;
    if (buffer->frames++ >= 3 || error->desc == NULL || used + 1 >= buffer->size) return 0;
    snprintf(buffer->text + used, buffer->size - used, "%s%s", used ? "; " : "", error->desc);
    return 0;
}

static inline void chdf5_error_text(char *text, size_t size) {
    chdf5_error_buffer buffer = {text, size, 0};
    if (size == 0) return;
    text[0] = 0;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, chdf5_append_frame, &buffer);
}

/* Visitors return 0 to go on, -1 to stop with an error. The structures that libhdf5 passes to its own callbacks
   change between versions, so they stay on this side. */
typedef int (*chdf5_visitor)(const char *name, int link_type, void *context);

typedef struct {
    chdf5_visitor visit;
    void *context;
} chdf5_visit;

static inline herr_t chdf5_visit_link(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    chdf5_visit *visit = (chdf5_visit *)data;
    (void)group;
    return visit->visit(name, (int)info->type, visit->context);
}

static inline herr_t chdf5_links(hid_t group, int by_creation, chdf5_visitor visitor, void *context) {
    chdf5_visit visit = {visitor, context};
    hsize_t position = 0;
    return H5Literate(
        group, by_creation ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_INC, &position, chdf5_visit_link, &visit);
}

static inline herr_t chdf5_visit_attribute(hid_t object, const char *name, const H5A_info_t *info, void *data) {
    chdf5_visit *visit = (chdf5_visit *)data;
    (void)object;
    (void)info;
    return visit->visit(name, 0, visit->context);
}

static inline herr_t chdf5_attributes(hid_t object, int by_creation, chdf5_visitor visitor, void *context) {
    chdf5_visit visit = {visitor, context};
    hsize_t position = 0;
    return H5Aiterate2(
        object, by_creation ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME, H5_ITER_INC, &position, chdf5_visit_attribute,
        &visit);
}

static inline hid_t chdf5_follow_nothing(
    const char *name, hid_t group, const void *data, size_t size, hid_t access, hid_t transfer) {
    (void)name, (void)group, (void)data, (void)size, (void)access, (void)transfer;
    return -1;
}

/* A link of a class that only its maker knows. */
static inline herr_t chdf5_create_user_link(hid_t group, const char *name) {
    H5L_class_t link_class;
    memset(&link_class, 0, sizeof link_class);
    link_class.version = H5L_LINK_CLASS_T_VERS;
    link_class.id = (H5L_type_t)200;
    link_class.comment = "sparsify";
    link_class.trav_func = chdf5_follow_nothing;
    if (H5Lregister(&link_class) < 0) return -1;
    herr_t result = H5Lcreate_ud(group, name, link_class.id, NULL, 0, H5P_DEFAULT, H5P_DEFAULT);
    H5Lunregister(link_class.id);
    return result;
}

/* What an object is, and a number that is its own within the file. */
typedef struct {
    int type;
    unsigned long long identity;
} chdf5_object_info;

static inline herr_t chdf5_get_object_info(hid_t object, chdf5_object_info *result) {
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t info;
    if (H5Oget_info3(object, &info, H5O_INFO_BASIC) < 0) return -1;
    result->type = (int)info.type;
    memcpy(&result->identity, &info.token, sizeof result->identity);
#else
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return -1;
    result->type = (int)info.type;
    result->identity = (unsigned long long)info.addr;
#endif
    return 0;
}

/* Bytes of an object's header, and of what holds its attributes where the header does not. */
static inline herr_t chdf5_get_attribute_room(hid_t object, unsigned long long *room) {
#if H5_VERSION_GE(1, 12, 0)
    H5O_native_info_t info;
    if (H5Oget_native_info(object, &info, H5O_NATIVE_INFO_HDR | H5O_NATIVE_INFO_META_SIZE) < 0) return -1;
#else
    H5O_info_t info;
    if (H5Oget_info2(object, &info, H5O_INFO_HDR | H5O_INFO_META_SIZE) < 0) return -1;
#endif
    *room = info.hdr.space.total + info.meta_size.attr.index_size + info.meta_size.attr.heap_size;
    return 0;
}

static inline herr_t chdf5_disable_file_locking(hid_t access) {
#if H5_VERSION_GE(1, 10, 7)
    return H5Pset_file_locking(access, 0, 1);
#else
    (void)access;
    return 0;
#endif
}

/* Reads a chunk as stored; `size` is the room in `buffer`. */
static inline herr_t chdf5_read_chunk(
    hid_t dataset, const hsize_t *offset, uint32_t *skipped_filters, void *buffer, size_t size) {
#if H5_VERSION_GE(2, 0, 0)
    return H5Dread_chunk2(dataset, H5P_DEFAULT, offset, skipped_filters, buffer, &size);
#else
    (void)size;
    return H5Dread_chunk(dataset, H5P_DEFAULT, offset, skipped_filters, buffer);
#endif
}

/* Variable-length elements are read as the descriptors that the file holds (length, heap address, index): an opaque
   type with this tag is the memory type that asks for it. */
#define CHDF5_DESCRIPTOR_TAG "sparsify heap descriptor"

static inline herr_t chdf5_keep_descriptor(
    hid_t source, hid_t destination, H5T_cdata_t *cdata, size_t count, size_t buffer_stride, size_t background_stride,
    void *buffer, void *background, hid_t transfer) {
    (void)count, (void)buffer_stride, (void)background_stride, (void)buffer, (void)background, (void)transfer;
    if (cdata->command != H5T_CONV_INIT) return 0;
    cdata->need_bkg = H5T_BKG_NO;
    if (H5Tget_class(destination) != H5T_OPAQUE) return -1;
    char *tag = H5Tget_tag(destination);
    int matches = tag != NULL && strcmp(tag, CHDF5_DESCRIPTOR_TAG) == 0;
    H5free_memory(tag);
    return matches && H5Tget_size(source) == H5Tget_size(destination) ? 0 : -1;
}

/* An opaque type that a dataset or attribute of variable-length elements can be read with. */
static inline hid_t chdf5_descriptor_type(size_t size) {
    hid_t type = H5Tcreate(H5T_OPAQUE, size);
    if (type >= 0 && H5Tset_tag(type, CHDF5_DESCRIPTOR_TAG) < 0) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

static inline herr_t chdf5_register_descriptor_conversion(void) {
    hid_t target = chdf5_descriptor_type(16);
    hid_t sequence = H5Tvlen_create(H5T_STD_I8LE);
    herr_t result = H5Tregister(H5T_PERS_SOFT, "sparsify descriptor", sequence, target, chdf5_keep_descriptor);
    H5Tclose(sequence);
    H5Tclose(target);
    return result;
}

#endif
