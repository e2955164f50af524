/* SPDX-License-Identifier: Apache-2.0 */
/* Published search spaces, in the same JSON that users write. */
#include "space/model.h"

#include <string.h>

#define OFA_MOBILENETV3                                                                            \
    "{\"ks\":{\"count\":20,\"vars\":[3,5,7],\"ordered\":true,"                                     \
    "\"active_if\":{\"variable\":\"d\",\"stages\":[4,4,4,4,4]}},"                                  \
    "\"e\":{\"count\":20,\"vars\":[3,4,6],\"ordered\":true,"                                       \
    "\"active_if\":{\"variable\":\"d\",\"stages\":[4,4,4,4,4]}},"                                  \
    "\"d\":{\"count\":5,\"vars\":[2,3,4],\"ordered\":true}}"

/* d[0] is the stem's: 0 and 1 both leave its optional layer out. */
#define OFA_RESNET50_GROUPS                                                                        \
    "\"d\":{\"count\":5,\"vars\":[0,1,2],\"ordered\":true,\"same\":{\"0\":[[0,1]]}},"              \
    "\"e\":{\"count\":18,\"vars\":[0.2,0.25,0.35],\"ordered\":true,\"active_if\":"                 \
    "{\"variable\":\"d\",\"stages\":[4,4,6,4],\"base\":[2,2,4,2],\"first\":1}},"                   \
    "\"w\":{\"count\":6,\"vars\":[0,1,2],\"ordered\":true}"

#define HAT_DECODER_SLOTS "\"active_if\":{\"variable\":\"decoder_layer_num\"}"
#define HAT                                                                                        \
    "{\"encoder_embed_dim\":{\"vars\":[640,512],\"ordered\":true},"                                \
    "\"decoder_embed_dim\":{\"vars\":[640,512],\"ordered\":true},"                                 \
    "\"encoder_ffn_embed_dim\":{\"count\":6,\"vars\":[3072,2048,1024],\"ordered\":true},"          \
    "\"decoder_ffn_embed_dim\":{\"count\":6,\"vars\":[3072,2048,1024],\"ordered\":"                \
    "true," HAT_DECODER_SLOTS "},"                                                                 \
    "\"decoder_layer_num\":{\"vars\":[6,5,4,3,2,1],\"ordered\":true},"                             \
    "\"encoder_self_attention_heads\":{\"count\":6,\"vars\":[8,4],\"ordered\":true},"              \
    "\"decoder_self_attention_heads\":{\"count\":6,\"vars\":[8,4],\"ordered\":"                    \
    "true," HAT_DECODER_SLOTS "},"                                                                 \
    "\"decoder_ende_attention_heads\":{\"count\":6,\"vars\":[8,4],\"ordered\":"                    \
    "true," HAT_DECODER_SLOTS "},"                                                                 \
    "\"decoder_arbitrary_ende_attn\":{\"count\":6,\"vars\":[-1,1,2]," HAT_DECODER_SLOTS "}}"

#define TRANSFORMER_ENCODER_GROUPS(layers)                                                         \
    "\"num_layers\":{\"vars\":" layers ",\"ordered\":true},"                                       \
    "\"num_attention_heads\":{\"count\":12,\"vars\":[6,8,10,12],\"ordered\":true,"                 \
    "\"active_if\":{\"variable\":\"num_layers\"}},"                                                \
    "\"intermediate_size\":{\"count\":12,\"vars\":[1024,2048,3072],\"ordered\":true,"              \
    "\"active_if\":{\"variable\":\"num_layers\"}}"

#define QUANTISED_BITS(count) "\"q_bits\":{\"count\":" count ",\"vars\":[8,32],\"ordered\":true}"

#define NCF                                                                                        \
    "{\"num_factors_gmf\":{\"vars\":[8,16,32,64,128],\"ordered\":true},"                           \
    "\"num_factors_mlp_users\":{\"vars\":[8,16,32,64,128],\"ordered\":true},"                      \
    "\"num_factors_mlp_items\":{\"vars\":[8,16,32,64,128],\"ordered\":true},"                      \
    "\"num_layers\":{\"vars\":[1,2,3,4,5,6],\"ordered\":true},"                                    \
    "\"hidden_sizes\":{\"count\":6,\"vars\":[8,16,32,64,128,256,512,1024],\"ordered\":true,"       \
    "\"active_if\":{\"variable\":\"num_layers\"}}}"

typedef struct preset {
    const char *name;
    const char *text;
    const char *json;
} preset;

static const preset presets[] = {
    {"ofa-mobilenetv3-w1.0", "Once-for-All MobileNetV3, width 1.0: 45 variables", OFA_MOBILENETV3},
    {"ofa-mobilenetv3-w1.2", "Once-for-All MobileNetV3, width 1.2: 45 variables", OFA_MOBILENETV3},
    {"ofa-mobilenetv3", "the same as ofa-mobilenetv3-w1.0", OFA_MOBILENETV3},
    {"ofa-proxylessnas", "Once-for-All ProxylessNAS: 45 variables", OFA_MOBILENETV3},
    {"ofa-resnet50", "Once-for-All ResNet50: 29 variables", "{" OFA_RESNET50_GROUPS "}"},
    {"ofa-resnet50-quantized", "Once-for-All ResNet50 with mixed precision: 151 variables",
     "{" OFA_RESNET50_GROUPS "," QUANTISED_BITS(
         "61") ",\"q_weights_mode\":{\"count\":61,\"vars\":[\"symmetric\",\"asymmetric\"]}}"},
    {"hat-transformer-wmt-ende", "Hardware-Aware Transformer, WMT English-German: 39 variables",
     HAT},
    {"bert-sst2", "elastic BERT for SST-2: 25 variables",
     "{" TRANSFORMER_ENCODER_GROUPS("[6,7,8,9,10,11,12]") "}"},
    {"bert-sst2-quantized", "elastic BERT for SST-2 with mixed precision: 99 variables",
     "{" TRANSFORMER_ENCODER_GROUPS("[6,7,8,9,10,11,12]") "," QUANTISED_BITS("74") "}"},
    {"vit", "elastic Vision Transformer: 25 variables",
     "{" TRANSFORMER_ENCODER_GROUPS("[10,11,12]") "}"},
    {"ncf", "Neural Collaborative Filtering: 10 variables", NCF},
};
enum { PRESETS = sizeof presets / sizeof presets[0] };

size_t linas_space_preset_count(void) {
    return PRESETS;
}

const char *linas_space_preset_name(size_t index) {
    return index < PRESETS ? presets[index].name : NULL;
}

const char *linas_space_preset_text(size_t index) {
    return index < PRESETS ? presets[index].text : NULL;
}

static linas_status unknown_preset(linas_context *context, const char *name) {
    lns_text names;
    lns_text_init(&names, context);
    for (size_t i = 0; i < PRESETS; i++) {
        lns_text_string(&names, i ? ", " : "");
        lns_text_string(&names, presets[i].name);
    }
    linas_status status =
        names.failed ? lns_no_memory(context)
                     : lns_fail(context, LINAS_ERROR_UNKNOWN_NAME,
                                "there is no preset \"%.100s\"; there are %s", name, names.data);
    lns_text_free(&names);
    return status;
}

linas_status linas_space_preset(linas_context *context, const char *name, linas_space **space) {
    lns_clear(context);
    if (!context || !name || !space)
        return lns_fail(context, LINAS_ERROR_INVALID_ARGUMENT, "an argument is NULL");
    *space = NULL;
    for (size_t i = 0; i < PRESETS; i++)
        if (strcmp(presets[i].name, name) == 0)
            return linas_space_from_json(context, presets[i].json, strlen(presets[i].json), space);
    return unknown_preset(context, name);
}
