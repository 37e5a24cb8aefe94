// Fourier transforms of eight sequences at once, and products of transforms: included by kernels.cpp after kernels_body.ipp, for one instruction set.
// A sequence of 2m reals is a polynomial modulo z^2m + 1, kept as m complex numbers modulo z^m - i; each pass splits every modulus into `radix` factors.

/// One of the r residues of a modulus: x_0 + sum over l of w_l x_l, where element l stands `apart` doubles after the one before.
EONFLOW_TARGET inline void residue(const double* x, std::ptrdiff_t apart, const double* w, int radix, vector& re, vector& im) {
    re = load(x), im = load(x + lanes);
    for (int l = 1; l < radix; ++l) {
        const vector x_re = load(x + l * apart), x_im = load(x + l * apart + lanes);
        const vector w_re = broadcast(w[2 * l]), w_im = broadcast(w[2 * l + 1]);
        re = subtract_product(w_im, x_im, multiply_add(w_re, x_re, re));
        im = multiply_add(w_im, x_re, multiply_add(w_re, x_im, im));
    }
}

EONFLOW_TARGET void split_pass(double* data, int blocks, int size, int radix, const double* w) {
    const std::ptrdiff_t apart = std::ptrdiff_t{2} * lanes * size;
    for (int block = 0; block < blocks; ++block, data += radix * apart, w += 2 * radix * radix)
        for (std::ptrdiff_t n = 0; n < apart; n += 2 * lanes) {
            vector re[most_radix], im[most_radix];
            for (int k = 0; k < radix; ++k) residue(data + n, apart, w + 2 * radix * k, radix, re[k], im[k]);
            for (int k = 0; k < radix; ++k) store(data + n + k * apart, re[k]), store(data + n + k * apart + lanes, im[k]);
        }
}

/// Undoes split_pass but for the factor `radix`: x_l = sum over k of u_k conj(w_kl).
EONFLOW_TARGET void join_pass(double* data, int blocks, int size, int radix, const double* w) {
    const std::ptrdiff_t apart = std::ptrdiff_t{2} * lanes * size;
    for (int block = 0; block < blocks; ++block, data += radix * apart, w += 2 * radix * radix)
        for (std::ptrdiff_t n = 0; n < apart; n += 2 * lanes) {
            vector re[most_radix], im[most_radix];
            for (int l = 0; l < radix; ++l) {
                re[l] = im[l] = broadcast(0);
                for (int k = 0; k < radix; ++k) {
                    const vector u_re = load(data + n + k * apart), u_im = load(data + n + k * apart + lanes);
                    const vector w_re = broadcast(w[2 * (radix * k + l)]), w_im = broadcast(w[2 * (radix * k + l) + 1]);
                    re[l] = multiply_add(w_im, u_im, multiply_add(w_re, u_re, re[l]));
                    im[l] = subtract_product(w_im, u_re, multiply_add(w_re, u_im, im[l]));
                }
            }
            for (int l = 0; l < radix; ++l) store(data + n + l * apart, re[l]), store(data + n + l * apart + lanes, im[l]);
        }
}

/// The same for two factors, x +- w y: most of the work.
EONFLOW_TARGET void halve_pass(double* data, int blocks, int size, const double* w) {
    const std::ptrdiff_t apart = std::ptrdiff_t{2} * lanes * size;
    for (int block = 0; block < blocks; ++block, data += 2 * apart, w += 8) {
        const vector w_re = broadcast(w[2]), w_im = broadcast(w[3]);
        for (std::ptrdiff_t n = 0; n < apart; n += 2 * lanes) {
            const vector x_re = load(data + n), x_im = load(data + n + lanes), y_re = load(data + n + apart), y_im = load(data + n + apart + lanes);
            store(data + n, subtract_product(w_im, y_im, multiply_add(w_re, y_re, x_re)));
            store(data + n + lanes, multiply_add(w_im, y_re, multiply_add(w_re, y_im, x_im)));
            store(data + n + apart, multiply_add(w_im, y_im, subtract_product(w_re, y_re, x_re)));
            store(data + n + apart + lanes, subtract_product(w_im, y_re, subtract_product(w_re, y_im, x_im)));
        }
    }
}

EONFLOW_TARGET void double_pass(double* data, int blocks, int size, const double* w) {
    const std::ptrdiff_t apart = std::ptrdiff_t{2} * lanes * size;
    for (int block = 0; block < blocks; ++block, data += 2 * apart, w += 8) {
        const vector w_re = broadcast(w[2]), w_im = broadcast(w[3]);
        for (std::ptrdiff_t n = 0; n < apart; n += 2 * lanes) {
            const vector u_re = load(data + n), u_im = load(data + n + lanes), v_re = load(data + n + apart), v_im = load(data + n + apart + lanes);
            const vector d_re = subtract_product(broadcast(1), v_re, u_re), d_im = subtract_product(broadcast(1), v_im, u_im);
            store(data + n, add(u_re, v_re));
            store(data + n + lanes, add(u_im, v_im));
            store(data + n + apart, multiply_add(w_im, d_im, multiply_add(w_re, d_re, broadcast(0))));
            store(data + n + apart + lanes, subtract_product(w_im, d_re, multiply_add(w_re, d_im, broadcast(0))));
        }
    }
}

EONFLOW_TARGET void split(const roots& r, double* data) {
    int blocks = 1, size = r.length;
    const double* w = r.values.data();
    for (const int radix : r.radices) {
        size /= radix;
        if (radix == 2)
            halve_pass(data, blocks, size, w);
        else
            split_pass(data, blocks, size, radix, w);
        w += 2 * radix * radix * blocks;
        blocks *= radix;
    }
}

/// Undoes `split`, but for a factor r.length.
EONFLOW_TARGET void join_passes(const roots& r, double* data) {
    int blocks = r.length, size = 1;
    const double* w = r.values.data() + r.values.size();
    for (std::size_t pass = r.radices.size(); pass-- > 0;) {
        const int radix = r.radices[pass];
        blocks /= radix;
        w -= 2 * radix * radix * blocks;
        if (radix == 2)
            double_pass(data, blocks, size, w);
        else
            join_pass(data, blocks, size, radix, w);
        size *= radix;
    }
}

EONFLOW_TARGET void join(const roots& r, double* data) {
    join_passes(r, data);
    const vector scale = broadcast(1.0 / r.length), none = broadcast(0);
    for (std::ptrdiff_t n = 0; n < std::ptrdiff_t{2} * lanes * r.length; n += lanes) store(data + n, multiply_add(load(data + n), scale, none));
}

EONFLOW_TARGET void transform(const roots& r, double* data, double* spectra, std::ptrdiff_t stride) {
    split(r, data);
    for (int n = 0; n < r.length; n += lanes, data += 2 * lanes * lanes, spectra += stride)
        for (const int part : {0, lanes}) transpose(data + part, 2 * lanes, spectra + part, 2 * lanes);
}

EONFLOW_TARGET void transform_back(const roots& r, const double* spectra, std::ptrdiff_t stride, double* data) {
    for (int n = 0; n < r.length; n += lanes, spectra += stride)
        for (const int part : {0, lanes}) transpose(spectra + part, 2 * lanes, data + 2 * lanes * n + part, 2 * lanes);
    join_passes(r, data);
    // To the nearest integer: what is added pushes the fraction out of the double.
    const vector scale = broadcast(1.0 / r.length), magic = broadcast(to_integer);
    for (std::ptrdiff_t n = 0; n < std::ptrdiff_t{2} * lanes * r.length; n += lanes)
        store(data + n, subtract_product(broadcast(1), magic, multiply_add(load(data + n), scale, magic)));
}

EONFLOW_TARGET void add_pointwise(const double* a, const double* b, int count, double* sums) {
    constexpr int step = 2 * lanes;
    for (int n = 0; n < count; ++n, a += step, b += step, sums += step) {
        const vector a_re = load(a), a_im = load(a + lanes), b_re = load(b), b_im = load(b + lanes);
        store(sums, subtract_product(a_im, b_im, multiply_add(a_re, b_re, load(sums))));
        store(sums + lanes, multiply_add(a_im, b_re, multiply_add(a_re, b_im, load(sums + lanes))));
    }
}

EONFLOW_TARGET void add_products(const double* a, const double* b, int count, double* sums) {
    constexpr int step = 2 * lanes;
    const row none = row_of(0);
    for (int part = 0; part < lanes; part += width, a += width, b += width, sums += width)
        for (int done = 0; done < count; done += products_at_once) {
            const int last = done + products_at_once < count ? done + products_at_once : count;
            row re[tile], im[tile];
EONFLOW_UNROLL(4)
            for (int t = 0; t < tile; ++t) re[t] = im[t] = none;
            for (int n = done; n < last; ++n) {
                // Numbers are loaded again for each n, since registers are few.
                fresh();
                const row a_re = load_row(a + n * step), a_im = load_row(a + n * step + lanes);
EONFLOW_UNROLL(4)
                for (int t = 0; t < tile; ++t) {
                    const row b_re = load_row(b + (t - n) * step), b_im = load_row(b + (t - n) * step + lanes);
                    re[t] = subtract_product(a_im, b_im, multiply_add(a_re, b_re, re[t]));
                    im[t] = multiply_add(a_im, b_re, multiply_add(a_re, b_im, im[t]));
                }
            }
EONFLOW_UNROLL(4)
            for (int t = 0; t < tile; ++t) {
                store(sums + t * step, add(load_row(sums + t * step), re[t]));
                store(sums + t * step + lanes, add(load_row(sums + t * step + lanes), im[t]));
            }
        }
}
