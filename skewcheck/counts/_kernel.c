/* Count a column of numbers in one pass: rows and sums between thresholds, moments, nulls.

   counts/placing.py calls it where it was built, and counts the same rows without it. It knows
   arrays alone; no other file of skewcheck knows of it. */

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__GNUC__) && defined(__x86_64__) && defined(__linux__)
#define FAST __attribute__((target_clones("avx2", "default")))
#define INLINE static inline __attribute__((always_inline))
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#else
#define FAST
#define INLINE static inline
#define UNLIKELY(x) (x)
#endif

enum { BLOCK = 1024, LANES = 8 }; /* a block of numbers stays in the first cache */
static const double EXACT = 9007199254740992.0; /* beyond 2**53 not each integer is a double */

typedef struct {
    int64_t rows, nulls, infinite, negative; /* rows: finite numbers */
    double mean, m2, m3, m4, least, most;
} Moments;

typedef struct {
    int64_t rows;
    double sum;
} Cell;

typedef struct {
    const double *thresholds; /* ascending; m of them, and 2**steps infinities */
    const uint16_t *first;    /* for each bucket the number of thresholds at or below its values */
    double low, scale;        /* a value's bucket is (value - low) * scale */
    Py_ssize_t buckets, m;
    int steps;                /* that find a value among the 2**steps - 1 thresholds that follow */
    Cell *cells;              /* m + 1 */
} Cells;

/* Add the moments of k finite numbers: Pebay, Sandia report SAND2008-6212 (2008), eq. 2.1. */
FAST static void add_moments(Moments *all, const double *x, int k) {
    double total[LANES] = {0}, low[LANES], high[LANES];
    double a[LANES] = {0}, b[LANES] = {0}, c[LANES] = {0};
    int i, j, whole = k - k % LANES;
    for (j = 0; j < LANES; j++) { low[j] = INFINITY; high[j] = -INFINITY; }
    for (i = 0; i < whole; i += LANES)
        for (j = 0; j < LANES; j++) {
            double v = x[i + j];
            total[j] += v;
            low[j] = v < low[j] ? v : low[j];
            high[j] = v > high[j] ? v : high[j];
        }
    for (j = 0; i < k; i++, j++) {
        total[j] += x[i];
        low[j] = x[i] < low[j] ? x[i] : low[j];
        high[j] = x[i] > high[j] ? x[i] : high[j];
    }
    double mean = 0, m2 = 0, m3 = 0, m4 = 0;
    for (j = 0; j < LANES; j++) {
        mean += total[j];
        if (low[j] < all->least) all->least = low[j];
        if (high[j] > all->most) all->most = high[j];
    }
    mean /= k;
    for (i = 0; i < whole; i += LANES)
        for (j = 0; j < LANES; j++) {
            double d = x[i + j] - mean, q = d * d;
            a[j] += q; b[j] += d * q; c[j] += q * q;
        }
    for (j = 0; i < k; i++, j++) {
        double d = x[i] - mean, q = d * d;
        a[j] += q; b[j] += d * q; c[j] += q * q;
    }
    for (j = 0; j < LANES; j++) { m2 += a[j]; m3 += b[j]; m4 += c[j]; }
    if (!all->rows) {
        all->rows = k; all->mean = mean; all->m2 = m2; all->m3 = m3; all->m4 = m4;
        return;
    }
    double n1 = (double)all->rows, n2 = k, n = n1 + n2, p = n1 / n, q = n2 / n;
    double d = mean - all->mean, s = d * d;
    all->m4 += m4 + d * (d * s * (p * p - p * q + q * q) * p * n2
                         + 6 * d * (p * p * m2 + q * q * all->m2) + 4 * (p * m3 - q * all->m3));
    all->m3 += m3 + d * (s * (p - q) * p * n2 + 3 * (p * m2 - q * all->m2));
    all->m2 += m2 + s * n1 * q;
    all->mean += d * q;
    all->rows += k;
}

/* Add k finite numbers to the cells that they lie in: that of as many thresholds as are <= it.

   Steps have no branch, as nobody can guess how they go; they may look beyond a value's bucket,
   where all thresholds are above it. */
FAST static void add_cells(const Cells *cells, const double *x, int k) {
    const double *t = cells->thresholds;
    int32_t place[BLOCK];
    double last = (double)(cells->buckets - 1);
    for (int i = 0; i < k; i++) {
        double bucket = (x[i] - cells->low) * cells->scale;
        bucket = bucket > 0 ? bucket : 0;
        bucket = bucket < last ? bucket : last;
        place[i] = (int32_t)bucket;
    }
    for (int i = 0; i < k; i++) place[i] = cells->first[place[i]];
    for (int half = (1 << cells->steps) >> 1; half; half >>= 1)
        for (int i = 0; i < k; i++) place[i] += x[i] >= t[place[i] + half - 1] ? half : 0;
    for (int i = 0; i < k; i++) {
        int at = place[i];
        if (UNLIKELY(x[i] >= t[at])) { /* in a bucket of more thresholds, as the outer ones are */
            int stop = (int)cells->m;
            while (at < stop) {
                int middle = (at + stop) / 2;
                if (x[i] >= t[middle]) at = middle + 1; else stop = middle;
            }
        }
        cells->cells[at].rows++;
        cells->cells[at].sum += x[i];
    }
}

/* Tell whether any of k finite numbers is one that a float32 holds and no shorter type, as
   _held_in_float32 of counts/windows.py does. */
FAST static int any_held(const double *x, int k) {
    int any = 0;
    for (int i = 0; i < k; i++) {
        uint64_t bits;
        memcpy(&bits, x + i, 8);
        any |= (bits & 0x1FFFFFFFu) == 0;
    }
    if (!any) return 0;
    for (int i = 0; i < k; i++) {
        uint64_t bits;
        memcpy(&bits, x + i, 8);
        if (UNLIKELY((bits & 0x1FFFFFFFu) == 0)) {
            double size = fabs(x[i]);
            int longer = (bits & 0x1E0000000u) != 0 && x[i] != floor(x[i]);
            if (size >= FLT_MIN && size <= FLT_MAX && (longer || size > 16777216.0)) return 1;
        }
    }
    return 0;
}

/* Put the finite ones of k numbers into `to`, count the others, and return how many are finite. */
static int finite_of(Moments *all, const double *from, double *to, int k) {
    int kept = 0;
    for (int i = 0; i < k; i++) {
        double v = from[i];
        if (v - v == 0) {
            to[kept++] = v;
        } else {
            all->nulls += v != v;
            all->infinite += v == v;
            all->negative += v < 0;
        }
    }
    return kept;
}

FAST static int all_finite(const double *x, int k) {
    int odd = 0;
    for (int i = 0; i < k; i++) odd |= !(x[i] - x[i] == 0);
    return !odd;
}

/* Put k values of a type at `start` into `to`; tell whether a double holds each of them. */
FAST static int widened(const void *data, Py_ssize_t start, int k, char type, double *to) {
    int beyond = 0;
    if (type == 'f') {
        for (int i = 0; i < k; i++) to[i] = ((const float *)data)[start + i];
        return 1;
    }
    for (int i = 0; i < k; i++) {
        to[i] = (double)((const int64_t *)data)[start + i];
        beyond |= (to[i] > EXACT) | (to[i] < -EXACT);
    }
    return !beyond;
}

/* Count n values of a type, 'd', 'f' or 'q'; return 0 where NumPy must: for integers beyond 2**53,
   and if asked for a double that is a float32 value. */
static int count(Moments *all, const Cells *cells, const void *data, Py_ssize_t n, char type,
                 int narrow_too) {
    double copy[BLOCK];
    for (Py_ssize_t start = 0; start < n; start += BLOCK) {
        int k = n - start < BLOCK ? (int)(n - start) : BLOCK;
        const double *x = type == 'd' ? (const double *)data + start : copy;
        if (x == copy && !widened(data, start, k, type, copy)) return 0;
        if (!all_finite(x, k)) {
            k = finite_of(all, x, copy, k);
            x = copy;
        }
        if (!narrow_too && any_held(x, k)) return 0;
        if (k) {
            add_moments(all, x, k);
            add_cells(cells, x, k);
        }
    }
    return 1;
}

/* count(values, type, narrow_too, thresholds, first, low, scale, steps, cells) -> tuple or None

   thresholds: m doubles and 2**steps infinities; first: a uint16 for each bucket; cells: m + 1
   pairs of an int64 and a double, rows and their sum, which are added to, also where None is
   returned. The tuple: finite, null, infinite and negative infinite values; mean; sums of squared,
   cubed and fourth powers of deviations; least and most. */
static PyObject *py_count(PyObject *self, PyObject *args) {
    Py_buffer values, thresholds, first, into;
    int type, narrow_too, steps, done = 0;
    double low, scale;
    Moments all = {0, 0, 0, 0, 0, 0, 0, 0, INFINITY, -INFINITY};
    (void)self;
    if (!PyArg_ParseTuple(args, "y*Cpy*y*ddiw*", &values, &type, &narrow_too, &thresholds, &first,
                          &low, &scale, &steps, &into))
        return NULL;
    Py_ssize_t size = type == 'f' ? 4 : 8, m = into.len / (Py_ssize_t)sizeof(Cell) - 1;
    int fits = m >= 0 && m < 65535 && steps >= 0 && steps <= 16 && first.len >= 2;
    if (fits && thresholds.len == 8 * (m + ((Py_ssize_t)1 << steps))) {
        Cells cells = {thresholds.buf, first.buf, low, scale, first.len / 2, m, steps, into.buf};
        Py_BEGIN_ALLOW_THREADS
        done = count(&all, &cells, values.buf, values.len / size, (char)type, narrow_too);
        Py_END_ALLOW_THREADS
    } else {
        fits = 0;
    }
    PyBuffer_Release(&values);
    PyBuffer_Release(&thresholds);
    PyBuffer_Release(&first);
    PyBuffer_Release(&into);
    if (!fits) {
        PyErr_SetString(PyExc_ValueError, "arrays do not fit each other");
        return NULL;
    }
    if (!done) Py_RETURN_NONE;
    return Py_BuildValue("LLLLdddddd", (long long)all.rows, (long long)all.nulls,
                         (long long)all.infinite, (long long)all.negative, all.mean, all.m2, all.m3,
                         all.m4, all.least, all.most);
}

/* Mark the rows whose served value is not within a bound of what the line makes of h: the smaller
   of most and margin * (|h| + |offset|); return their number. */
typedef struct { double offset, divisor, factor, addend, margin, most; } Line;

FAST static int64_t screen(const double *h, const double *served, Py_ssize_t n, Line line,
                           uint8_t *near) {
    int64_t rows = 0;
    double size = fabs(line.offset);
    for (Py_ssize_t i = 0; i < n; i++) {
        double y = (h[i] - line.offset) / line.divisor * line.factor + line.addend;
        double bound = (fabs(h[i]) + size) * line.margin;
        bound = bound < line.most ? bound : line.most;
        near[i] = !(fabs(y - served[i]) <= bound);
    }
    for (Py_ssize_t i = 0; i < n; i++) rows += near[i];
    return rows;
}

/* screen(h, served, offset, divisor, factor, addend, margin, most, near) -> rows marked in near */
static PyObject *py_screen(PyObject *self, PyObject *args) {
    Py_buffer h, served, near;
    Line line;
    int64_t rows = -1;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*y*ddddddw*", &h, &served, &line.offset, &line.divisor,
                          &line.factor, &line.addend, &line.margin, &line.most, &near))
        return NULL;
    if (h.len == served.len && h.len == 8 * near.len) {
        Py_BEGIN_ALLOW_THREADS
        rows = screen(h.buf, served.buf, near.len, line, near.buf);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&h);
    PyBuffer_Release(&served);
    PyBuffer_Release(&near);
    if (rows < 0) {
        PyErr_SetString(PyExc_ValueError, "arrays do not fit each other");
        return NULL;
    }
    return PyLong_FromLongLong(rows);
}

static PyMethodDef methods[] = {{"count", py_count, METH_VARARGS, "Count numbers by cell."},
                                {"screen", py_screen, METH_VARARGS, "Mark rows past a bound."},
                                {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", NULL, -1, methods,
                                    NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModule_Create(&module); }
