using ILGPU;

namespace GpuPerceptron.Kernels;

/// <summary>
/// The second kernel of the Hessian: the lower triangle of YᵀY with Y = √D X̃, for any device, by tiles in static shared
/// memory and without atomics.
/// </summary>
/// <remarks>
/// The C + 1 float4s of a row of X̃, the last (1, 0, 0, 0) for the bias, are cut into stretches of <c>edge</c>. A group takes a
/// pair of stretches (i, j ≤ i), 4·edge × 4·edge entries of the Hessian, and every so many rows; a lane of its edge² has 4 × 4
/// of the entries in registers. A row of a tile costs a lane two loads of 16 bytes from shared memory for 16
/// multiply-adds.
/// <para>
/// Floor: M(M + 1)N flops. Each stretch is read from memory, or from a cache, once for each stretch that it is paired with:
/// up to 28 or 60 features in float32, by the edge (a single pair), X is read once, at 1,024 features 17 times. A row costs a group of 16 × 16 lanes 512 bytes for 8,192 flops, 16 a byte.
/// </para>
/// </remarks>
public static class HessianProduct
{
    /// <summary>Rows whose float32 sums are added to the float64 ones.</summary>
    public const int RowsPerFlush = 256;

    /// <summary>Entries in a lane's registers.</summary>
    public const int EntriesPerLane = Float4.Count * Float4.Count;

    private const int TileColumns = 512; // float4s of a tile: two tiles are 16 KiB

    /// <summary>Stretches that float4s are cut into.</summary>
    /// <param name="columns">C.</param>
    /// <param name="edge">Float4s a stretch.</param>
    public static int Stretches(int columns, int edge) => (columns + edge) / edge;

    /// <summary>The kernel, in groups of edge² lanes, pairs × splits of them.</summary>
    /// <typeparam name="TColumn">X's storage.</typeparam>
    /// <param name="pass">The arguments; its partials are left alone.</param>
    /// <param name="roots">√d: N.</param>
    /// <param name="edge">Float4s a stretch: 1, 2, 4, 8 or 16.</param>
    /// <param name="partials">
    /// splits × pairs × <see cref="EntriesPerLane"/> × edge² sums, which the kernel adds to.
    /// </param>
    public static void Kernel<TColumn>(PassArguments pass, ArrayView<float> roots, int edge, ArrayView<double> partials)
        where TColumn : unmanaged, IColumn
    {
        var left = SharedMemory.Allocate<Float4>(TileColumns);
        var right = SharedMemory.Allocate<Float4>(TileColumns);

        int lane = Group.IdxX;
        int stretches = Stretches(pass.Columns, edge);
        int pairs = stretches * (stretches + 1) / 2;
        int pair = Grid.IdxX % pairs;
        int splits = Grid.DimX / pairs;
        int i = 0;
        while ((i + 1) * (i + 2) / 2 <= pair)
            i++;
        int j = pair - i * (i + 1) / 2;
        int tileRows = IntrinsicMath.Min(RowsPerFlush, TileColumns / edge);
        int leftPlace = lane / edge;
        int rightPlace = lane % edge;
        long firstPartial = (long)Grid.IdxX * EntriesPerLane * Group.DimX + lane;

        for (long start = (long)(Grid.IdxX / pairs) * RowsPerFlush; start < pass.Rows; start += (long)splits * RowsPerFlush)
        {
            long end = IntrinsicMath.Min(pass.Rows, start + RowsPerFlush);
            Float4 x = default, y = default, z = default, w = default;
            for (long first = start; first < end; first += tileRows)
            {
                // A last tile is filled up with zeros to the four rows of the loop below.
                int values = (int)(IntrinsicMath.Min(tileRows, end - first) + 3) / 4 * 4 * edge;
                for (int k = lane; k < values; k += Group.DimX)
                {
                    long row = first + k / edge;
                    int place = k % edge;
                    long there = IntrinsicMath.Min(row, end - 1);
                    float root = row < end ? roots[there] : 0f;
                    left[k] = Scaled<TColumn>(pass, there, i * edge + place, root);
                    right[k] = Scaled<TColumn>(pass, there, j * edge + place, root);
                }

                Group.Barrier();

                // Four rows by hand: the compiler unrolls nothing.
                for (int k = 0; k < values; k += 4 * edge)
                {
                    var a = left[k + leftPlace];
                    var b = right[k + rightPlace];
                    var a1 = left[k + edge + leftPlace];
                    var b1 = right[k + edge + rightPlace];
                    var a2 = left[k + 2 * edge + leftPlace];
                    var b2 = right[k + 2 * edge + rightPlace];
                    var a3 = left[k + 3 * edge + leftPlace];
                    var b3 = right[k + 3 * edge + rightPlace];
                    x = Float4.MultiplyAdd(a.X, b, x);
                    y = Float4.MultiplyAdd(a.Y, b, y);
                    z = Float4.MultiplyAdd(a.Z, b, z);
                    w = Float4.MultiplyAdd(a.W, b, w);
                    x = Float4.MultiplyAdd(a1.X, b1, x);
                    y = Float4.MultiplyAdd(a1.Y, b1, y);
                    z = Float4.MultiplyAdd(a1.Z, b1, z);
                    w = Float4.MultiplyAdd(a1.W, b1, w);
                    x = Float4.MultiplyAdd(a2.X, b2, x);
                    y = Float4.MultiplyAdd(a2.Y, b2, y);
                    z = Float4.MultiplyAdd(a2.Z, b2, z);
                    w = Float4.MultiplyAdd(a2.W, b2, w);
                    x = Float4.MultiplyAdd(a3.X, b3, x);
                    y = Float4.MultiplyAdd(a3.Y, b3, y);
                    z = Float4.MultiplyAdd(a3.Z, b3, z);
                    w = Float4.MultiplyAdd(a3.W, b3, w);
                }

                Group.Barrier();
            }

            // An entry's sums lie lane by lane: neighbouring lanes add to neighbouring numbers.
            AddTo(partials, firstPartial, x);
            AddTo(partials, firstPartial + 4 * Group.DimX, y);
            AddTo(partials, firstPartial + 8 * Group.DimX, z);
            AddTo(partials, firstPartial + 12 * Group.DimX, w);
        }
    }

    /// <summary>A float4 of Y: √d times that of X, times (1, 0, 0, 0) for the bias, or zeros past it.</summary>
    private static Float4 Scaled<TColumn>(PassArguments pass, long row, int column, float root)
        where TColumn : unmanaged, IColumn
    {
        var value = default(TColumn).Load(pass.Row(row), IntrinsicMath.Min(column, pass.Columns - 1));
        bool isFeature = column < pass.Columns;
        float one = column == pass.Columns ? root : 0f;
        Float4 result;
        result.X = isFeature ? root * value.X : one;
        result.Y = isFeature ? root * value.Y : 0f;
        result.Z = isFeature ? root * value.Z : 0f;
        result.W = isFeature ? root * value.W : 0f;
        return result;
    }

    private static void AddTo(ArrayView<double> partials, long first, Float4 sums)
    {
        partials[first] += sums.X;
        partials[first + Group.DimX] += sums.Y;
        partials[first + 2 * Group.DimX] += sums.Z;
        partials[first + 3 * Group.DimX] += sums.W;
    }
}
