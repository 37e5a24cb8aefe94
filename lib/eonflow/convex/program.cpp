#include <eonflow/convex/program.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <numeric>

namespace eonflow::convex {

using number::Matrix;
using number::Rational;

namespace {

template <class T>
void need_size(const std::vector<T>& values, std::size_t size, const char* what) {
    if (values.size() != size)
        throw invalid_input(std::string(what) + " has " + std::to_string(values.size()) + " entries; accepted is " + std::to_string(size));
}

void need_sign(const Rational& x, bool zero_allowed, const char* what) {
    if (x.sign() < 0 || (!zero_allowed && x.sign() == 0))
        throw invalid_input(std::string(what) + " " + x.str() + " is not accepted: it must be " + (zero_allowed ? ">= 0" : "> 0"));
}

std::vector<Rational> or_all(std::vector<Rational> values, std::size_t size, int value) {
    if (values.empty()) values.assign(size, Rational(value));
    return values;
}

/// Sizes and signs of each objective, for d coordinates.
struct objective_check {
    std::size_t d;

    void operator()(const Quadratic& q) const {
        need_size(q.weights, d, "the list of weights");
        need_size(q.center, d, "the center");
        for (const Rational& x : q.weights) need_sign(x, false, "the weight");
    }
    void operator()(const Absolute& a) const {
        for (const auto* side : {&a.up, &a.down}) {
            need_size(*side, d, "the list of weights");
            for (const Absolute::Weight& x : *side)
                if (x) need_sign(*x, true, "the weight");
        }
    }
    void operator()(const Separable& s) const {
        need_size(s.terms, d, "the list of potentials");
        for (const Potential& p : s.terms) need_sign(p.weight, false, "the weight");
        if (!s.start.empty()) need_size(s.start, d, "the start");
    }
    void operator()(const Group_norm& g) const {
        need_size(g.weights, g.sizes.size(), "the list of weights");
        for (const Rational& x : g.weights) need_sign(x, false, "the weight");
        for (const std::size_t size : g.sizes)
            if (size == 0) throw invalid_input("a group is empty");
        if (std::accumulate(g.sizes.begin(), g.sizes.end(), std::size_t{0}) != d)
            throw invalid_input("the group sizes do not add up to the number of columns, " + std::to_string(d));
    }
    void operator()(const Fourier_norm&) const {}
    void operator()(const Nuclear_norm& n) const {
        if (n.rows * n.columns != d)
            throw invalid_input("a " + std::to_string(n.rows) + " x " + std::to_string(n.columns) + " matrix does not have " + std::to_string(d) + " entries");
    }
    void operator()(const Concave_power& p) const {
        if (p.depth < 3) throw invalid_input("depth " + std::to_string(p.depth) + " is not accepted: it must be >= 3");
    }
};

Program with_rows(Objective objective, Matrix<Rational> matrix, std::vector<Rational> right, Relation relation) {
    const std::size_t n = matrix.rows();
    Program program{std::move(objective), std::move(matrix), std::move(right), std::vector<Relation>(n, relation)};
    validate(program);
    return program;
}

Absolute two_sided(const std::vector<Rational>& up, const std::vector<Rational>& down) {
    return {{up.begin(), up.end()}, {down.begin(), down.end()}};
}

}  // namespace

void validate(const Program& program) {
    if (program.columns() == 0 || program.rows() == 0) throw invalid_input("a program needs at least one row and one column");
    need_size(program.right, program.rows(), "the right-hand side");
    need_size(program.relation, program.rows(), "the list of relations");
    std::visit(objective_check{program.columns()}, program.objective);
    if (std::holds_alternative<Separable>(program.objective) || std::holds_alternative<Nuclear_norm>(program.objective))
        for (const Relation relation : program.relation)
            if (relation != Relation::equal) throw invalid_input("this objective takes equations only");
}

Matrix<Rational> signed_rows(Matrix<Rational> x, const std::vector<Rational>& y) {
    need_size(y, x.rows(), "the list of labels");
    for (std::size_t i = 0; i < x.rows(); ++i)
        for (Rational& entry : x.row(i)) entry *= y[i];
    return x;
}

Program l2_margin(Matrix<Rational> z, std::vector<Rational> weights) {
    const std::size_t n = z.rows(), d = z.columns();
    return with_rows(Quadratic{or_all(std::move(weights), d, 1), std::vector<Rational>(d)}, std::move(z), std::vector<Rational>(n, Rational(1)),
                     Relation::at_least);
}

Program l1_margin(Matrix<Rational> z, std::vector<Rational> weights) {
    const std::size_t n = z.rows();
    weights = or_all(std::move(weights), z.columns(), 1);
    return with_rows(two_sided(weights, weights), std::move(z), std::vector<Rational>(n, Rational(1)), Relation::at_least);
}

Program group_margin(Matrix<Rational> z, std::vector<std::size_t> sizes, std::vector<Rational> weights) {
    const std::size_t n = z.rows();
    weights = or_all(std::move(weights), sizes.size(), 1);
    return with_rows(Group_norm{std::move(sizes), std::move(weights)}, std::move(z), std::vector<Rational>(n, Rational(1)), Relation::at_least);
}

Program fourier_margin(Matrix<Rational> z) {
    const std::size_t n = z.rows();
    return with_rows(Fourier_norm{}, std::move(z), std::vector<Rational>(n, Rational(1)), Relation::at_least);
}

Program concave_margin(Matrix<Rational> z, std::size_t depth) {
    const std::size_t n = z.rows();
    return with_rows(Concave_power{depth}, std::move(z), std::vector<Rational>(n, Rational(1)), Relation::at_least);
}

Program basis_pursuit(Matrix<Rational> x, std::vector<Rational> y, std::vector<Rational> up, std::vector<Rational> down) {
    up = or_all(std::move(up), x.columns(), 1);
    if (down.empty()) down = up;
    return with_rows(two_sided(up, down), std::move(x), std::move(y), Relation::equal);
}

Program least_norm(Matrix<Rational> x, std::vector<Rational> y, std::vector<Rational> weights, std::vector<Rational> center) {
    const std::size_t d = x.columns();
    return with_rows(Quadratic{or_all(std::move(weights), d, 1), or_all(std::move(center), d, 0)}, std::move(x), std::move(y), Relation::equal);
}

Program nonnegative_least_squares(const Matrix<Rational>& a, std::vector<Rational> b) {
    Matrix<Rational> rows(a.columns(), a.rows());
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < a.columns(); ++j) rows(j, i) = -a(i, j);
    return with_rows(Quadratic{std::vector<Rational>(a.rows(), Rational(1)), std::move(b)}, std::move(rows), std::vector<Rational>(a.columns()),
                     Relation::at_least);
}

Program nuclear_norm(const std::vector<Matrix<Rational>>& measurements, std::vector<Rational> y) {
    if (measurements.empty()) throw invalid_input("a program needs at least one row and one column");
    const std::size_t p = measurements[0].rows(), q = measurements[0].columns();
    Matrix<Rational> rows(measurements.size(), p * q);
    for (std::size_t i = 0; i < measurements.size(); ++i) {
        if (measurements[i].rows() != p || measurements[i].columns() != q) throw invalid_input("the measurement matrices have different sizes");
        std::copy(measurements[i].entries().begin(), measurements[i].entries().end(), rows.row(i).begin());
    }
    return with_rows(Nuclear_norm{p, q}, std::move(rows), std::move(y), Relation::equal);
}

Program bregman(Matrix<Rational> x, std::vector<Rational> y, std::vector<Potential> terms, std::vector<Rational> start) {
    return with_rows(Separable{std::move(terms), std::move(start)}, std::move(x), std::move(y), Relation::equal);
}

}  // namespace eonflow::convex
