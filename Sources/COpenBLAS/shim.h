#include <cblas.h>

// Of LAPACK, by the names and conventions of Fortran: matrices by columns, all arguments by address. OpenBLAS holds it;
// its C interface to it (lapacke) is a package of its own.

/// Cholesky factorisation of a symmetric positive definite matrix, in place.
void dpotrf_(const char *triangle, const int *order, double *matrix, const int *stride, int *info);
/// The inverse from a Cholesky factor, in place.
void dpotri_(const char *triangle, const int *order, double *matrix, const int *stride, int *info);
/// The inverse of a triangular matrix, in place.
void dtrtri_(
    const char *triangle, const char *diagonal, const int *order, double *matrix, const int *stride, int *info);
/// Solves with a Cholesky factor.
void dpotrs_(
    const char *triangle, const int *order, const int *columns, const double *factor, const int *factorStride,
    double *right, const int *rightStride, int *info);
/// Eigenvalues (and, with "V", eigenvectors) of a symmetric tridiagonal matrix; ascending.
void dstev_(
    const char *job, const int *order, double *diagonal, double *offDiagonal, double *vectors, const int *stride,
    double *work, int *info);
