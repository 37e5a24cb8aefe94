#include "instances.hpp"

#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>

namespace eonflow::convex::testing {

using number::Matrix;
using number::Rational;

Matrix<Rational> rational_matrix(const std::vector<std::vector<std::string>>& rows) {
    Matrix<Rational> result(rows.size(), rows.at(0).size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows[i].size(); ++j) result(i, j) = parse(rows[i][j]);
    return result;
}

Matrix<Rational> labelled_file(const std::string& name) {
    std::ifstream file(std::string(EONFLOW_SOURCE_DIR) + "/tests/convex/data/" + name);
    if (!file) throw std::runtime_error("no data file " + name);
    std::string line, cell;
    std::getline(file, line);
    std::vector<std::vector<std::string>> rows;
    while (std::getline(file, line)) {
        std::istringstream cells(line);
        rows.emplace_back();
        while (std::getline(cells, cell, ',')) rows.back().push_back(cell);
    }
    Matrix<Rational> z = rational_matrix(rows);
    Matrix<Rational> result(z.rows(), z.columns() - 1);
    for (std::size_t i = 0; i < z.rows(); ++i)
        for (std::size_t j = 0; j + 1 < z.columns(); ++j) result(i, j) = z(i, j) * z(i, z.columns() - 1);
    return result;
}

std::uint64_t generator::next() {
    // splitmix64
    state_ += 0x9e3779b97f4a7c15u;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

Matrix<Rational> generator::matrix(std::size_t rows, std::size_t columns, int size) {
    Matrix<Rational> result(rows, columns);
    for (Rational& x : result.entries()) x = between(-size, size);
    return result;
}

std::optional<std::vector<Rational>> gauss(Matrix<Rational> a, std::vector<Rational> b) {
    const std::size_t n = b.size();
    for (std::size_t j = 0; j < n; ++j) {
        std::size_t pivot = j;
        while (pivot < n && a(pivot, j) == 0) ++pivot;
        if (pivot == n) return std::nullopt;
        for (std::size_t k = 0; k < n; ++k) std::swap(a(pivot, k), a(j, k));
        std::swap(b[pivot], b[j]);
        for (std::size_t i = 0; i < n; ++i) {
            if (i == j || a(i, j) == 0) continue;
            const Rational factor = a(i, j) / a(j, j);
            for (std::size_t k = j; k < n; ++k) a(i, k) -= factor * a(j, k);
            b[i] -= factor * b[j];
        }
    }
    for (std::size_t i = 0; i < n; ++i) b[i] /= a(i, i);
    return b;
}

std::optional<std::vector<Rational>> quadratic_by_enumeration(const Program& program) {
    const auto& [weights, center] = std::get<Quadratic>(program.objective);
    const std::size_t n = program.rows(), d = program.columns();
    const auto excess = [&](std::size_t i, const std::vector<Rational>& w) {
        Rational sum = -program.right[i];
        for (std::size_t j = 0; j < d; ++j) sum += program.matrix(i, j) * w[j];
        return sum;
    };
    for (std::size_t mask = 0; mask < (std::size_t{1} << n); ++mask) {
        std::vector<std::size_t> set;
        for (std::size_t i = 0; i < n; ++i)
            if ((mask >> i & 1) != 0) set.push_back(i);
        if (set.size() > d) continue;
        Matrix<Rational> gram(set.size(), set.size());
        std::vector<Rational> missing;
        for (std::size_t a = 0; a < set.size(); ++a) {
            missing.push_back(-excess(set[a], center));
            for (std::size_t b = 0; b < set.size(); ++b)
                for (std::size_t j = 0; j < d; ++j) gram(a, b) += program.matrix(set[a], j) * program.matrix(set[b], j) / weights[j];
        }
        const auto lambda = gauss(gram, missing);
        if (!lambda) continue;
        bool good = true;
        for (std::size_t a = 0; a < set.size(); ++a) good = good && (program.relation[set[a]] == Relation::equal || (*lambda)[a] >= 0);
        std::vector<Rational> w = center;
        for (std::size_t a = 0; a < set.size(); ++a)
            for (std::size_t j = 0; j < d; ++j) w[j] += (*lambda)[a] * program.matrix(set[a], j) / weights[j];
        for (std::size_t i = 0; i < n && good; ++i) {
            const Rational slack = excess(i, w);
            good = program.relation[i] == Relation::equal ? slack == 0 : slack >= 0;
        }
        if (good) return w;
    }
    return std::nullopt;
}

Enumeration basis_pursuit_by_enumeration(const Matrix<Rational>& x, const std::vector<Rational>& y, const std::vector<Rational>& up,
                                         const std::vector<Rational>& down) {
    const std::size_t n = x.rows(), d = x.columns();
    Enumeration result;
    std::set<std::vector<Rational>> vertices;
    for (std::size_t mask = 0; mask < (std::size_t{1} << d); ++mask) {
        std::vector<std::size_t> set;
        for (std::size_t j = 0; j < d; ++j)
            if ((mask >> j & 1) != 0) set.push_back(j);
        if (set.size() != n) continue;
        Matrix<Rational> block(n, n);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t k = 0; k < n; ++k) block(i, k) = x(i, set[k]);
        const auto part = gauss(block, y);
        if (!part) continue;
        std::vector<Rational> w(d);
        Rational value = 0;
        for (std::size_t k = 0; k < n; ++k) {
            w[set[k]] = (*part)[k];
            value += w[set[k]] > 0 ? up[set[k]] * w[set[k]] : down[set[k]] * -w[set[k]];
        }
        if (!result.full_rank || value < result.value) vertices.clear();
        if (!result.full_rank || value <= result.value) {
            vertices.insert(w);
            result.value = value;
        }
        result.full_rank = true;
    }
    result.optimal_vertices = vertices.size();
    return result;
}

}  // namespace eonflow::convex::testing
