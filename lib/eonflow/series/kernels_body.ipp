// The kernels for one instruction set: included several times by kernels.cpp, inside a namespace that defines
//   vector, an 8-lane vector of doubles; load, multiply_add, reversed, to_integers.

/// A block of 8 x 8 limbs at once, as far as p + q <= Depth; all column sums live in registers.
template <int Depth>
EONFLOW_TARGET void block(const step* steps, std::size_t count, std::ptrdiff_t a_offset, std::ptrdiff_t b_offset, std::ptrdiff_t stride, std::int64_t* columns) {
    constexpr int side = Depth < lanes ? Depth + 1 : lanes;
    constexpr int width = Depth + 1;
    while (count > 0) {
        // Each step adds at most 8 products of 2^44 to a column of a lane: 64 steps stay within 2^53.
        const std::size_t now = count < 64 ? count : 64;
        constexpr int padded = (width + lanes - 1) / lanes * lanes;
        vector sum[padded];
#pragma GCC unroll 16
        for (int c = 0; c < padded; ++c) sum[c] = broadcast(0);
        for (std::size_t n = 0; n < now; ++n) {
            const double* a = steps[n].a + a_offset;
            const double* b = steps[n].b + b_offset;
            vector left[side];
#pragma GCC unroll 8
            for (int p = 0; p < side; ++p) left[p] = load(a + p * stride);
#pragma GCC unroll 8
            for (int q = 0; q < side; ++q) {
                const vector right = reversed(load(b + q * stride));
#pragma GCC unroll 8
                for (int p = 0; p < side; ++p)
                    if (p + q <= Depth) sum[p + q] = multiply_add(left[p], right, sum[p + q]);
            }
        }
        std::int64_t result[lanes];
#pragma GCC unroll 2
        for (int base = 0; base < width; base += lanes) {
            totals(sum + base, result);
#pragma GCC unroll 8
            for (int c = 0; c < lanes; ++c)
                if (base + c < width) columns[base + c] += result[c];
        }
        steps += now, count -= now;
    }
}

EONFLOW_TARGET void convolve(std::span<const task> tasks, std::ptrdiff_t stride) {
    using block_function = void (*)(const step*, std::size_t, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t, std::int64_t*);
    static constexpr block_function blocks[] = {block<0>, block<1>, block<2>,  block<3>,  block<4>,  block<5>,  block<6>, block<7>,
                                                block<8>, block<9>, block<10>, block<11>, block<12>, block<13>, block<14>};
    int deepest = 0;
    for (const task& t : tasks) deepest = t.depth > deepest ? t.depth : deepest;
    for (int p = 0; p <= deepest; p += lanes)
        for (int q = 0; p + q <= deepest; q += lanes)
            for (const task& t : tasks) {
                const int rest = t.depth - p - q;
                if (rest >= 0) blocks[rest < 14 ? rest : 14](t.steps.data(), t.steps.size(), p * stride, q * stride, stride, t.columns + p + q);
            }
}

EONFLOW_TARGET void multiply(const double* x, const double* y, int depth, std::int64_t* columns) {
    constexpr int at_once = 512;  // products of 2^44 per column
    for (int c = 0; c <= depth; c += lanes) {  // lanes past `depth` are computed and dropped
        const int end = c + lanes - 1 < depth ? c + lanes - 1 : depth;
        for (int q = 0; q <= end;) {
            vector even = broadcast(0), odd = broadcast(0);
            const int last = q + at_once - 1 < end ? q + at_once - 1 : end;
            for (; q < last; q += 2) {
                even = multiply_add(load(x + c - q), broadcast(y[q]), even);
                odd = multiply_add(load(x + c - q - 1), broadcast(y[q + 1]), odd);
            }
            if (q == last) even = multiply_add(load(x + c - q), broadcast(y[q]), even), ++q;
            double sums[lanes];
            store(sums, add(even, odd));
            for (int i = 0; i < lanes && c + i <= depth; ++i) columns[c + i] += static_cast<std::int64_t>(sums[i]);
        }
    }
}
