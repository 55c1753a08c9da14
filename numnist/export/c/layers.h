/* The layers, for one picture: a value is (C, H, W), channel by channel, or (features). */

NUMNIST_LAYER dense
static inline void numnist_dense(const float *x, int in, const numnist_weight *w, const float *scale, const float *b,
                                 int units, float *y)
{
    for (int k = 0; k < units; k++) {
        float sum = 0;
        for (int i = 0; i < in; i++) sum += (float)w[(long)k * in + i] * x[i];
        y[k] = sum * (scale ? scale[k] : 1) + (b ? b[k] : 0);
    }
}

NUMNIST_LAYER conv2d
static inline void numnist_conv2d(const float *x, int C, int H, int W, const numnist_weight *w, const float *scale,
                                  const float *b, int K, int kh, int kw, int sh, int sw, int dh, int dw, int top,
                                  int left, int oh, int ow, int groups, float *y)
{
    const int Cg = C / groups, Kg = K / groups;
    for (int k = 0; k < K; k++) {
        float *out = y + (long)k * oh * ow;
        for (int i = 0; i < oh * ow; i++) out[i] = 0;
        for (int c = 0; c < Cg; c++) {
            const float *in = x + (long)(k / Kg * Cg + c) * H * W;
            for (int i = 0; i < kh; i++) {
                for (int j = 0; j < kw; j++) {
                    const float weight = (float)w[(((long)k * Cg + c) * kh + i) * kw + j];
                    for (int oi = 0; oi < oh; oi++) {
                        const int row = oi * sh + i * dh - top;
                        if (row < 0 || row >= H) continue;
                        for (int oj = 0; oj < ow; oj++) {
                            const int column = oj * sw + j * dw - left;
                            if (column >= 0 && column < W) out[oi * ow + oj] += weight * in[row * W + column];
                        }
                    }
                }
            }
        }
        for (int i = 0; i < oh * ow; i++) out[i] = out[i] * (scale ? scale[k] : 1) + (b ? b[k] : 0);
    }
}

NUMNIST_LAYER max_pool2d
static inline void numnist_max_pool2d(const float *x, int C, int H, int W, int kh, int kw, int sh, int sw, int top,
                                      int left, int oh, int ow, float *y)
{
    for (int c = 0; c < C; c++) {
        for (int oi = 0; oi < oh; oi++) {
            for (int oj = 0; oj < ow; oj++) {
                float most = -FLT_MAX;
                for (int i = 0; i < kh; i++) {
                    for (int j = 0; j < kw; j++) {
                        const int row = oi * sh + i - top, column = oj * sw + j - left;
                        if (row < 0 || row >= H || column < 0 || column >= W) continue;
                        const float value = x[((long)c * H + row) * W + column];
                        if (value > most) most = value;
                    }
                }
                y[((long)c * oh + oi) * ow + oj] = most;
            }
        }
    }
}

NUMNIST_LAYER avg_pool2d
static inline void numnist_avg_pool2d(const float *x, int C, int H, int W, int kh, int kw, int sh, int sw, int top,
                                      int left, int oh, int ow, int count_padding, float *y)
{
    for (int c = 0; c < C; c++) {
        for (int oi = 0; oi < oh; oi++) {
            for (int oj = 0; oj < ow; oj++) {
                float sum = 0;
                int seen = 0;
                for (int i = 0; i < kh; i++) {
                    for (int j = 0; j < kw; j++) {
                        const int row = oi * sh + i - top, column = oj * sw + j - left;
                        if (row < 0 || row >= H || column < 0 || column >= W) continue;
                        sum += x[((long)c * H + row) * W + column];
                        seen++;
                    }
                }
                y[((long)c * oh + oi) * ow + oj] = sum / (float)(count_padding ? kh * kw : seen);
            }
        }
    }
}

NUMNIST_LAYER global_avg_pool
static inline void numnist_global_avg_pool(const float *x, int C, int pixels, float *y)
{
    for (int c = 0; c < C; c++) {
        float sum = 0;
        for (int i = 0; i < pixels; i++) sum += x[(long)c * pixels + i];
        y[c] = sum / (float)pixels;
    }
}

NUMNIST_LAYER affine
static inline void numnist_affine(const float *x, int C, int pixels, const float *w, const float *b, float *y)
{
    for (int c = 0; c < C; c++)
        for (int i = 0; i < pixels; i++) y[(long)c * pixels + i] = x[(long)c * pixels + i] * w[c] + b[c];
}

NUMNIST_LAYER layer_norm
static inline void numnist_layer_norm(const float *x, int n, const float *w, const float *b, float eps, float *y)
{
    float mean = 0, variance = 0;
    for (int i = 0; i < n; i++) mean += x[i];
    mean /= (float)n;
    for (int i = 0; i < n; i++) variance += (x[i] - mean) * (x[i] - mean);
    const float scale = 1 / sqrtf(variance / (float)n + eps);
    for (int i = 0; i < n; i++) y[i] = (x[i] - mean) * scale * w[i] + b[i];
}

NUMNIST_LAYER add
static inline void numnist_add(const float *a, const float *b, int n, float *y)
{
    for (int i = 0; i < n; i++) y[i] = a[i] + b[i];
}

NUMNIST_LAYER relu
static inline void numnist_relu(const float *x, int n, float *y)
{
    for (int i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : 0;
}

NUMNIST_LAYER leaky_relu
static inline void numnist_leaky_relu(const float *x, int n, float slope, float *y)
{
    for (int i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

NUMNIST_LAYER elu
static inline void numnist_elu(const float *x, int n, float alpha, float *y)
{
    for (int i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : alpha * expm1f(x[i]);
}

NUMNIST_LAYER gelu
static inline void numnist_gelu(const float *x, int n, float *y)
{
    for (int i = 0; i < n; i++)
        y[i] = 0.5F * x[i] * (1 + tanhf(0.797884561F * (x[i] + 0.044715F * x[i] * x[i] * x[i])));
}

NUMNIST_LAYER silu
static inline void numnist_silu(const float *x, int n, float *y)
{
    for (int i = 0; i < n; i++) y[i] = x[i] * 0.5F * (1 + tanhf(0.5F * x[i]));
}

NUMNIST_LAYER sigmoid
static inline void numnist_sigmoid(const float *x, int n, float *y)
{
    for (int i = 0; i < n; i++) y[i] = 0.5F * (1 + tanhf(0.5F * x[i]));
}

NUMNIST_LAYER tanh
static inline void numnist_tanh(const float *x, int n, float *y)
{
    for (int i = 0; i < n; i++) y[i] = tanhf(x[i]);
}

NUMNIST_LAYER softmax
static inline void numnist_softmax(const float *x, int C, int pixels, float *y)
{
    for (int i = 0; i < pixels; i++) {
        float most = x[i], sum = 0;
        for (int c = 1; c < C; c++) most = x[(long)c * pixels + i] > most ? x[(long)c * pixels + i] : most;
        for (int c = 0; c < C; c++) sum += y[(long)c * pixels + i] = expf(x[(long)c * pixels + i] - most);
        for (int c = 0; c < C; c++) y[(long)c * pixels + i] /= sum;
    }
}
