using ILGPU;
using ILGPU.Algorithms;

namespace GpuPerceptron.Kernels;

/// <summary>A float4 of a row of X, whatever it is stored in.</summary>
public interface IColumn
{
    /// <summary>Loads one.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">From 0 to C − 1.</param>
    Float4 Load(ArrayView<Packet> row, int column);
}

/// <summary>A packet of float32.</summary>
public readonly struct Float32Column : IColumn
{
    /// <inheritdoc/>
    public Float4 Load(ArrayView<Packet> row, int column)
    {
        var stored = row[column];
        Float4 result;
        result.X = Interop.IntAsFloat(stored.X);
        result.Y = Interop.IntAsFloat(stored.Y);
        result.Z = Interop.IntAsFloat(stored.Z);
        result.W = Interop.IntAsFloat(stored.W);
        return result;
    }
}

/// <summary>Half a packet of float16.</summary>
/// <typeparam name="THalf">How a float16 becomes a float32.</typeparam>
public readonly struct HalfColumn<THalf> : IColumn
    where THalf : unmanaged, IHalfConversion
{
    /// <inheritdoc/>
    public Float4 Load(ArrayView<Packet> row, int column)
    {
        var stored = row[column / 2];
        uint first = column % 2 == 0 ? stored.X : stored.Z;
        uint second = column % 2 == 0 ? stored.Y : stored.W;
        Float4 result;
        result.X = default(THalf).ToFloat(first & 0xFFFF);
        result.Y = default(THalf).ToFloat(first >> 16);
        result.Z = default(THalf).ToFloat(second & 0xFFFF);
        result.W = default(THalf).ToFloat(second >> 16);
        return result;
    }
}

/// <summary>The Hessian X̃ᵀDX̃ of the logistic loss, D = diag(s ∘ z(1 − z)).</summary>
public static class HessianPass
{
    private const int RowsPerFlush = 256;

    /// <summary>Each row's d = s·z(1 − z) = s·e/(1 + e)², e = exp(−|v|): no digit is lost where z is near 1.</summary>
    /// <typeparam name="TColumn">X's storage.</typeparam>
    /// <param name="pass">The arguments; the partials are left alone.</param>
    /// <param name="curvatures">N values; overwritten.</param>
    public static void Curvatures<TColumn>(PassArguments pass, ArrayView<float> curvatures)
        where TColumn : unmanaged, IColumn
    {
        long step = (long)Grid.DimX * Group.DimX;
        for (long i = (long)Grid.IdxX * Group.DimX + Group.IdxX; i < pass.Rows; i += step)
        {
            var row = pass.Row(i);
            float logit = pass.Parameters[pass.Columns].X;
            for (int column = 0; column < pass.Columns; column++)
                logit += Float4.Dot(default(TColumn).Load(row, column), pass.Parameters[column]);
            float e = XMath.Exp(-XMath.Abs(logit));
            float larger = 1f / (1f + e);
            curvatures[i] = pass.SampleWeight(i) * (e * larger * larger);
        }
    }

    /// <summary>Adds the rows' part to the Hessian. A lane has 4 × 4 entries of its lower triangle at a time.</summary>
    /// <typeparam name="TColumn">X's storage.</typeparam>
    /// <param name="pass">The arguments; the partials are left alone.</param>
    /// <param name="curvatures">d.</param>
    /// <param name="hessian">4(C + 1) × 4(C + 1), row-major; the bias is column 4C.</param>
    public static void Kernel<TColumn>(PassArguments pass, ArrayView<float> curvatures, ArrayView<double> hessian)
        where TColumn : unmanaged, IColumn
    {
        int order = pass.Columns + 1;
        int step = Grid.DimX * Group.DimX;
        for (int block = Grid.IdxX * Group.DimX + Group.IdxX; block < order * order; block += step)
        {
            int rowColumn = block / order, column = block % order;
            if (column > rowColumn) continue;
            for (long start = 0; start < pass.Rows; start += RowsPerFlush)
            {
                Float4 x = default, y = default, z = default, w = default;
                for (long i = start; i < IntrinsicMath.Min(pass.Rows, start + RowsPerFlush); i++)
                {
                    float d = curvatures[i];
                    var left = LoadOrOne<TColumn>(pass, i, rowColumn);
                    var right = LoadOrOne<TColumn>(pass, i, column);
                    x = Float4.MultiplyAdd(d * left.X, right, x);
                    y = Float4.MultiplyAdd(d * left.Y, right, y);
                    z = Float4.MultiplyAdd(d * left.Z, right, z);
                    w = Float4.MultiplyAdd(d * left.W, right, w);
                }

                long first = ((long)rowColumn * order * Float4.Count + column) * Float4.Count;
                long stride = (long)order * Float4.Count;
                Add(hessian, first, x);
                Add(hessian, first + stride, y);
                Add(hessian, first + 2 * stride, z);
                Add(hessian, first + 3 * stride, w);
            }
        }
    }

    private static Float4 LoadOrOne<TColumn>(PassArguments pass, long row, int column)
        where TColumn : unmanaged, IColumn
    {
        Float4 one = default;
        one.X = 1f;
        return column == pass.Columns ? one : default(TColumn).Load(pass.Row(row), column);
    }

    private static void Add(ArrayView<double> sums, long first, Float4 values)
    {
        sums[first] += values.X;
        sums[first + 1] += values.Y;
        sums[first + 2] += values.Z;
        sums[first + 3] += values.W;
    }
}
