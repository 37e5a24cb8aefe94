#include <eonflow/flow/decomposition.hpp>

#include <eonflow/graph/evaluate.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>
#include <eonflow/number/spectrum.hpp>

#include <algorithm>
#include <map>

namespace eonflow::flow {

using number::Matrix;
using number::Real;

namespace {

constexpr std::size_t most_entries = 100'000;
using outcome = Decomposition::outcome;

/// The indices of position `at`, by rows.
std::vector<std::size_t> indices_of(const DataTensor& t, std::size_t at) {
    std::vector<std::size_t> index(t.shape.size());
    for (std::size_t l = t.shape.size(); l-- > 0; at /= t.shape[l]) index[l] = at % t.shape[l];
    return index;
}

/// The k_l x k_p matrices that are left when all other indices, the feature among them, are fixed; those that are 0 are left out.
std::vector<Matrix<Rational>> slices(const DataTensor& t, std::size_t l, std::size_t p) {
    std::map<std::pair<std::size_t, std::size_t>, Matrix<Rational>> found;
    for (std::size_t at = 0; at < t.positions(); ++at) {
        const auto index = indices_of(t, at);
        std::size_t rest = 0;
        for (std::size_t q = 0; q < index.size(); ++q)
            if (q != l && q != p) rest = rest * t.shape[q] + index[q];
        for (std::size_t k = 0; k < t.features; ++k) {
            const Rational& entry = t.entries[at * t.features + k];
            if (entry == 0) continue;
            Matrix<Rational>& slice = found.try_emplace({rest, k}, t.shape[l], t.shape[p]).first->second;
            slice(index[l], index[p]) = entry;
        }
    }
    std::vector<Matrix<Rational>> result;
    for (auto& [key, slice] : found) result.push_back(std::move(slice));
    return result;
}

Matrix<Rational> product(const Matrix<Rational>& a, const Matrix<Rational>& b) {
    Matrix<Rational> c(a.rows(), b.columns());
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t k = 0; k < a.columns(); ++k)
            if (a(i, k) != 0)
                for (std::size_t j = 0; j < b.columns(); ++j) c(i, j) += a(i, k) * b(k, j);
    return c;
}

bool equal(const Matrix<Rational>& a, const Matrix<Rational>& b) {
    for (std::size_t i = 0; i < a.rows(); ++i)
        if (!std::ranges::equal(a.row(i), b.row(i))) return false;
    return true;
}

/// Whether all a b^T are symmetric.
bool symmetric_products(const std::vector<Matrix<Rational>>& family) {
    for (std::size_t a = 0; a < family.size(); ++a)
        for (std::size_t b = 0; b < a; ++b) {
            const Matrix<Rational> ab = product(family[a], transposed(family[b]));
            if (!equal(ab, transposed(ab))) return false;
        }
    return true;
}

/// Whether all a b^T commute, judged on a basis of their span: commuting normal k x k matrices span at most k dimensions.
bool commuting_products(const std::vector<Matrix<Rational>>& family) {
    const std::size_t k = family.front().rows();
    std::vector<Matrix<Rational>> basis;
    for (const auto& a : family)
        for (const auto& b : family) {
            Matrix<Rational> ab = product(a, transposed(b));
            Matrix<Rational> flat(basis.size() + 1, k * k);
            for (std::size_t row = 0; row <= basis.size(); ++row)
                for (std::size_t i = 0; i < k * k; ++i) flat(row, i) = (row < basis.size() ? basis[row] : ab)(i / k, i % k);
            if (number::rank(flat) == basis.size()) continue;
            if (basis.size() == k) return false;
            for (const auto& c : basis)
                if (!equal(product(ab, c), product(c, ab))) return false;
            basis.push_back(std::move(ab));
        }
    return true;
}

/// The most that the exact conditions on all pairs of directions leave possible.
outcome possible(const DataTensor& t) {
    bool real = true;
    for (std::size_t l = 0; l < t.shape.size(); ++l)
        for (std::size_t p = 0; p < t.shape.size(); ++p) {
            if (p == l) continue;
            const auto family = slices(t, l, p);
            if (family.empty()) continue;
            real = real && symmetric_products(family);
            if (!real && !commuting_products(family)) return outcome::none;
        }
    return real ? outcome::real : outcome::complex;
}

/// M at x = re + i im, unfolded along l: k_l rows. Its Gram matrix, as the real symmetric [[A, -B], [B, A]] for A + i B.
Matrix<Rational> gram(const DataTensor& t, std::size_t l, const std::vector<Rational>& re, const std::vector<Rational>& im) {
    const std::size_t k = t.shape[l];
    std::map<std::size_t, std::pair<std::vector<Rational>, std::vector<Rational>>> columns;
    const std::vector<Rational> real = t.at(re), imaginary = t.at(im);
    for (std::size_t at = 0; at < t.positions(); ++at) {
        const auto index = indices_of(t, at);
        std::size_t rest = 0;
        for (std::size_t q = 0; q < index.size(); ++q)
            if (q != l) rest = rest * t.shape[q] + index[q];
        auto& column = columns.try_emplace(rest, std::vector<Rational>(k), std::vector<Rational>(k)).first->second;
        column.first[index[l]] = real[at];
        column.second[index[l]] = imaginary[at];
    }
    Matrix<Rational> g(2 * k, 2 * k);
    for (const auto& [rest, column] : columns) {
        const auto& [a, b] = column;
        for (std::size_t i = 0; i < k; ++i)
            for (std::size_t j = 0; j < k; ++j) {
                const Rational same = a[i] * a[j] + b[i] * b[j], mixed = b[i] * a[j] - a[i] * b[j];
                g(i, j) += same;
                g(k + i, k + j) += same;
                g(k + i, j) += mixed;
                g(i, k + j) -= mixed;
            }
    }
    return g;
}

/// One eigenvector a pair of equal eigenvalues of the real form of a Hermitian matrix, turned so that its largest entry is positive.
Matrix<Complex> eigenvectors(const Matrix<Rational>& real_form, std::size_t count) {
    const std::size_t k = real_form.rows() / 2;
    Matrix<Real> rounded(2 * k, 2 * k);
    for (std::size_t i = 0; i < 2 * k; ++i)
        for (std::size_t j = 0; j < 2 * k; ++j) rounded(i, j) = number::to_real(real_form(i, j));
    const number::Spectrum spectrum = singular_value_decomposition(rounded);
    Matrix<Complex> U(k, count);
    for (std::size_t j = 0; j < count; ++j) {
        Complex largest;
        for (std::size_t i = 0; i < k; ++i) {
            U(i, j) = {spectrum.left(i, 2 * j), spectrum.left(k + i, 2 * j)};
            // Of entries of one size the first is taken, whatever the rounding.
            if (square_modulus(U(i, j)) > square_modulus(largest) * (1 + number::power_of_two(-20))) largest = U(i, j);
        }
        const Real size = sqrt(square_modulus(largest));
        const Complex turn{largest.re / size, -largest.im / size};
        for (std::size_t i = 0; i < k; ++i) U(i, j) = U(i, j) * turn;
    }
    return U;
}

/// S from U: the entry (j, ..., j) of each feature's tensor in the bases U_l; works for any field.
template <class T>
Matrix<T> diagonal_of(const DataTensor& t, const std::vector<Matrix<T>>& U, const auto& convert, const auto& conj) {
    const std::size_t m = U.front().columns();
    Matrix<T> S(m, t.features);
    for (std::size_t at = 0; at < t.positions(); ++at) {
        const auto index = indices_of(t, at);
        for (std::size_t j = 0; j < m; ++j) {
            T factor = convert(Rational(1));
            for (std::size_t l = 0; l < index.size(); ++l) factor = factor * conj(U[l](index[l], j));
            for (std::size_t k = 0; k < t.features; ++k)
                if (t.entries[at * t.features + k] != 0) S(j, k) = S(j, k) + convert(t.entries[at * t.features + k]) * factor;
        }
    }
    return S;
}

/// The largest |entry| by which sum_j S_jk u_1j (x) ... (x) u_Lj misses M.
Real misses(const DataTensor& t, const Decomposition& d) {
    Real most(0);
    for (std::size_t at = 0; at < t.positions(); ++at) {
        const auto index = indices_of(t, at);
        for (std::size_t k = 0; k < t.features; ++k) {
            Complex sum{-number::to_real(t.entries[at * t.features + k]), Real(0)};
            for (std::size_t j = 0; j < d.components(); ++j) {
                Complex factor = d.S(j, k);
                for (std::size_t l = 0; l < index.size(); ++l) factor = factor * d.U[l](index[l], j);
                sum = sum + factor;
            }
            most = std::max(most, Real(sqrt(square_modulus(sum))));
        }
    }
    return most;
}

/// Takes U_l as rational if it is, exactly.
void make_exact(const DataTensor& t, Decomposition& d) {
    std::vector<Matrix<Rational>> U;
    for (const auto& column : d.U) {
        Matrix<Rational>& exact = U.emplace_back(column.rows(), column.columns());
        for (std::size_t i = 0; i < column.rows(); ++i)
            for (std::size_t j = 0; j < column.columns(); ++j) {
                const Real& entry = column(i, j).re;
                if (abs(entry) > number::power_of_two(-number::working_bits() / 2)) exact(i, j) = number::simplest_rational(entry, number::working_bits() / 2);
            }
        const Matrix<Rational> gram = product(transposed(exact), exact);
        for (std::size_t i = 0; i < gram.rows(); ++i)
            for (std::size_t j = 0; j < gram.columns(); ++j)
                if (gram(i, j) != (i == j ? 1 : 0)) return;
    }
    Matrix<Rational> S = diagonal_of<Rational>(t, U, [](const Rational& x) { return x; }, [](const Rational& x) { return x; });
    for (std::size_t at = 0; at < t.positions(); ++at) {
        const auto index = indices_of(t, at);
        for (std::size_t k = 0; k < t.features; ++k) {
            Rational sum = 0;
            for (std::size_t j = 0; j < S.rows(); ++j) {
                Rational factor = S(j, k);
                for (std::size_t l = 0; l < index.size(); ++l) factor *= U[l](index[l], j);
                sum += factor;
            }
            if (sum != t.entries[at * t.features + k]) return;
        }
    }
    d.exact_U = std::move(U);
    d.exact_S = std::move(S);
}

Decomposition search(const DataTensor& t) {
    Decomposition d;
    d.found = possible(t);
    if (d.found == outcome::none) {
        d.evidence = "none exists: exact slices of the data tensor, multiplied in two orders, differ";
        return d;
    }
    std::vector<Rational> re, im;
    for (std::size_t k = 0; k < t.features; ++k) {
        re.emplace_back(static_cast<long>(2 * k * k + 3 * k + 5), static_cast<long>(k + 7));
        im.emplace_back(static_cast<long>(3 * k * k + 1), static_cast<long>(2 * k + 11));
    }
    Matrix<Rational> by_feature(t.features, t.positions());
    for (std::size_t at = 0; at < t.positions(); ++at)
        for (std::size_t k = 0; k < t.features; ++k) by_feature(k, at) = t.entries[at * t.features + k];
    const std::size_t rank = number::rank(by_feature);
    for (std::size_t l = 0; l < t.shape.size(); ++l) {
        const Matrix<Rational> g = gram(t, l, re, im);
        const std::size_t along = number::rank(g) / 2;
        // Each component adds one to the rank along every direction, and rank(S) is the rank of the features.
        if (along != rank) {
            d.found = outcome::none;
            d.evidence = "none exists: the exact rank along layer " + std::to_string(l + 1) + " is " + std::to_string(along) + ", that of the features " + std::to_string(rank);
            return d;
        }
        d.U.push_back(eigenvectors(g, rank));
    }
    d.S = diagonal_of<Complex>(t, d.U, [](const Rational& x) { return Complex{number::to_real(x), Real(0)}; }, conjugate);
    Real largest(0);
    for (const Rational& entry : t.entries) largest = std::max(largest, Real(abs(number::to_real(entry))));
    const std::int64_t most = number::working_bits() * 3 / 10, digits = number::agreeing_digits(largest, largest + misses(t, d), most);
    const std::string kind = d.found == outcome::real ? "real" : "complex";
    if (2 * digits < most) {
        d.found = outcome::undecided;
        d.evidence = "undecided: the exact conditions on slices hold, but the eigenvectors do not give the data tensor back";
        return d;
    }
    if (d.found == outcome::real) make_exact(t, d);
    d.evidence = kind + ", " + std::to_string(rank) + " components; the slices commute exactly, and " +
                 (d.is_rational() ? "rational U_l and S give the data tensor back exactly" : "U_l and S give the data tensor back to " + std::to_string(digits) + " digits");
    return d;
}

Decomposition fourier(const model::Model& model) {
    const std::size_t d = model.inputs, depth = model.layers.size();
    Decomposition result;
    result.found = d <= 2 ? outcome::real : outcome::complex;
    result.evidence = "circular convolution: S = d^((L−1)/2) F and U_l = F*, the discrete Fourier transform";
    const Real turn = 8 * atan(Real(1)) / d, root = sqrt(Real(d));
    Matrix<Complex> U(d, d), S(d, d);
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < d; ++j) {
            const Real angle = turn * ((i * j) % d), scale = pow(Real(d), static_cast<int>(depth) - 1);
            U(i, j) = {cos(angle) / root, sin(angle) / root};
            S(i, j) = {cos(angle) * sqrt(scale) / root, -sin(angle) * sqrt(scale) / root};
        }
    result.U.assign(depth, U);
    result.S = std::move(S);
    return result;
}

Decomposition identity(const model::Model& model) {
    const std::size_t d = model.inputs, depth = model.layers.size();
    Decomposition result;
    result.found = outcome::real;
    result.evidence = "diagonal network: S = I and U_l = I";
    Matrix<Rational> exact(d, d);
    Matrix<Complex> rounded(d, d);
    for (std::size_t i = 0; i < d; ++i)
        for (std::size_t j = 0; j < d; ++j) {
            exact(i, j) = i == j ? 1 : 0;
            rounded(i, j) = {Real(i == j ? 1 : 0), Real(0)};
        }
    result.exact_U.assign(depth, exact);
    result.U.assign(depth, rounded);
    result.exact_S = std::move(exact);
    result.S = std::move(rounded);
    return result;
}

}  // namespace

std::vector<Rational> DataTensor::at(std::span<const Rational> x) const {
    std::vector<Rational> values(positions());
    for (std::size_t p = 0; p < values.size(); ++p)
        for (std::size_t k = 0; k < features; ++k) values[p] += entries[p * features + k] * x[k];
    return values;
}

DataTensor data_tensor(const model::Model& model) {
    if (!model.is_linear_in_x() || model.layers.empty()) throw invalid_input("only a model that is linear in x and has layers has a data tensor, not " + model.description, "/model");
    DataTensor t;
    t.features = model.inputs;
    std::size_t positions = 1;
    for (const model::layer& layer : model.layers) {
        t.shape.push_back(layer.rows * layer.columns);
        positions *= t.shape.back();
        if (positions * t.features > most_entries) throw invalid_input("the data tensor has more than " + std::to_string(most_entries) + " entries", "/model");
    }
    graph::Graph g;
    std::vector<graph::node_id> theta;
    for (const std::string& name : model.parameter_names) theta.push_back(g.input(name));
    graph::evaluator<Rational> value(g, model.linear_coefficients(g, theta));
    std::vector<Rational> point(theta.size());
    t.entries.resize(positions * t.features);
    for (std::size_t at = 0; at < positions; ++at) {
        std::size_t rest = at;
        for (std::size_t l = t.shape.size(); l-- > 0; rest /= t.shape[l]) point[model.layers[l].offset + rest % t.shape[l]] = 1;
        std::ranges::copy(value(point), t.entries.begin() + static_cast<std::ptrdiff_t>(at * t.features));
        std::ranges::fill(point, Rational(0));
    }
    return t;
}

std::vector<Complex> Decomposition::along(std::size_t l, std::span<const Real> v) const {
    std::vector<Complex> result(components());
    for (std::size_t j = 0; j < result.size(); ++j)
        for (std::size_t i = 0; i < v.size(); ++i) {
            result[j].re += U[l](i, j).re * v[i];
            result[j].im += U[l](i, j).im * v[i];
        }
    return result;
}

Decomposition decompose(const model::Model& model) {
    if (model.layers.size() < 2) throw invalid_input("a decomposition needs at least 2 layers", "/model");
    switch (model.layers_couple) {
        case model::coupling::entrywise: return identity(model);
        case model::coupling::circular: return fourier(model);
        default: return search(data_tensor(model));
    }
}

}  // namespace eonflow::flow
