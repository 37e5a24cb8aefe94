// What kernels_body.ipp and fourier_body.ipp are made of, in plain C++: included by kernels.cpp, inside a namespace that defines width and registers.

struct vector {
    double lane[lanes];
};
inline vector load(const double* from) {
    vector v;
    for (int i = 0; i < lanes; ++i) v.lane[i] = from[i];
    return v;
}
inline void store(double* to, const vector& v) {
    for (int i = 0; i < lanes; ++i) to[i] = v.lane[i];
}
inline vector broadcast(double x) {
    vector v;
    for (double& lane : v.lane) lane = x;
    return v;
}
inline vector multiply_add(const vector& a, const vector& b, vector c) {
    for (int i = 0; i < lanes; ++i) c.lane[i] += a.lane[i] * b.lane[i];
    return c;
}
inline vector subtract_product(const vector& a, const vector& b, vector c) {
    for (int i = 0; i < lanes; ++i) c.lane[i] -= a.lane[i] * b.lane[i];
    return c;
}
inline vector add(const vector& a, const vector& b) { return multiply_add(a, broadcast(1), b); }
/// Number l of sequence i and number i of sequence l change places.
inline void transpose(const double* from, std::ptrdiff_t from_stride, double* to, std::ptrdiff_t to_stride) {
    for (int i = 0; i < lanes; ++i)
        for (int l = 0; l < lanes; ++l) to[i * to_stride + l] = from[l * from_stride + i];
}
struct row {
    double lane[width];
};
inline row row_of(double x) {
    row r;
    for (double& lane : r.lane) lane = x;
    return r;
}
inline row load_row(const double* from) {
    row r;
    for (int i = 0; i < width; ++i) r.lane[i] = from[i];
    return r;
}
inline void store(double* to, const row& r) {
    for (int i = 0; i < width; ++i) to[i] = r.lane[i];
}
inline row multiply_add(const row& a, const row& b, row c) {
    for (int i = 0; i < width; ++i) c.lane[i] += a.lane[i] * b.lane[i];
    return c;
}
inline row subtract_product(const row& a, const row& b, row c) {
    for (int i = 0; i < width; ++i) c.lane[i] -= a.lane[i] * b.lane[i];
    return c;
}
inline row add(row a, const row& b) {
    for (int i = 0; i < width; ++i) a.lane[i] += b.lane[i];
    return a;
}
inline void hold(row&) {}
inline void fresh() {}
struct order {
    const std::int64_t* lane;
};
inline order load_order(const std::int64_t* from) { return {from}; }
inline row ordered(const row& r, order from) {
    row result;
    for (int i = 0; i < width; ++i) result.lane[i] = r.lane[from.lane[i]];
    return result;
}
